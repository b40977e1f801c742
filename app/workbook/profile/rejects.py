"""The refused rows of a profiled workbook, counted as an ingestion without a live run would count them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from app.workbook.column_faults import by_column
from app.workbook.contract import RELATIONSHIPS
from app.workbook.profile.sheet_data import SheetData
from app.workbook.reject_limits import ORPHAN, SheetRejects

Refused = Mapping[str, Mapping[int, str]]
"""By sheet: place of a row → the code with which an ingestion would refuse it."""


def sheet_rejects(sheets: Mapping[str, SheetData], refused: Refused) -> Iterator[SheetRejects]:
    """Each sheet with refused rows, in the contract's order."""
    for name, data in sheets.items():
        codes = refused[name]
        if not codes:
            continue
        first_rows: dict[str, int] = {}
        for place in sorted(codes):
            first_rows.setdefault(codes[place], data.excel_rows[place])
        parents, orphaned, of_refused = _parents(sheets, name, codes)
        yield SheetRejects(
            sheet=name,
            rows=len(data),
            by_code=Counter(codes.values()),
            first_rows=first_rows,
            columns=tuple(data.column_faults.values()),
            sound_values={
                header: sum(value is not None for value in data[header])
                for header in by_column(data.column_faults.values())
            },
            parents=parents,
            orphaned_parents=orphaned,
            orphans_of_refused=of_refused,
        )


def _parents(sheets: Mapping[str, SheetData], name: str, codes: Mapping[int, str]) -> tuple[int, int, int]:
    orphans = [place for place, code in codes.items() if code == ORPHAN]
    if not orphans:
        return 0, 0, 0
    (link,) = next(one for one in RELATIONSHIPS if one.enforced and one.from_sheet == name).links
    references, in_workbook = sheets[name][link.from_header], set(sheets[link.to_sheet][link.to_header])
    orphaned = [references[place] for place in orphans]
    distinct = set(references)
    distinct.discard(None)
    return len(distinct), len(set(orphaned)), sum(reference in in_workbook for reference in orphaned)
