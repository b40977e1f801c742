"""The page of rejected_rows.xlsx with the rows that need a hand, those with most consequences first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa

from app.contract import RELATIONSHIPS, SHEET_BY_NAME, SHEETS, Relationship, Sheet
from app.ingestion.reports import rejected_words as words

Read: TypeAlias = Callable[[sa.TextClause, Mapping[str, object]], Sequence[Any]]
"""Reads the rows of a statement. Between two of them nothing is held but what the caller holds."""

MOST = 2_000
"""Rows of the page: nobody corrects more by hand."""
ORPHANED = sa.text(
    "SELECT cells ->> :header AS value, count(*) AS rows, min(excel_row) AS first_row FROM audit.rejected_rows"
    " WHERE run_id = :run_id AND sheet = :sheet AND code = 'ORPHAN_PARENT' GROUP BY 1 ORDER BY 2 DESC, 3 LIMIT :most"
)
PARENTS = sa.text(
    "SELECT excel_row, code, detail, cells FROM audit.rejected_rows WHERE run_id = :run_id AND sheet = :sheet"
    " AND code NOT IN ('DUPLICATE_ROW', 'ORPHAN_PARENT') AND cells ->> :header = ANY(:wanted)"
)
OTHERS = sa.text(
    "SELECT sheet, excel_row, code, detail, cells FROM audit.rejected_rows WHERE run_id = :run_id"
    " AND code NOT IN ('DUPLICATE_ROW', 'ORPHAN_PARENT') ORDER BY sheet, excel_row LIMIT :most"
)


@dataclass(frozen=True, slots=True)
class Correction:
    """One row that needs a hand. rows: how many other rows are refused because of it, all of the sheet `of`."""

    sheet: str
    excel_row: int
    columns: str
    values: str
    reason: str
    remedy: str
    rows: int = 0
    of: str = ""

    @property
    def consequences(self) -> str:
        return words.consequences(self.rows, self.of) if self.rows else ""


def corrections(read: Read, run_id: int, most: int = MOST) -> list[Correction]:
    """At most so many rows to correct: by consequences, then in the order of the contract's sheets and their rows."""
    enforced = [one for one in RELATIONSHIPS if one.enforced]
    found = [root for relationship in enforced for root in _roots(read, run_id, relationship)]
    known = {(one.sheet, one.excel_row) for one in found}
    for row in read(OTHERS, {"run_id": run_id, "most": most + len(known)}):
        if (row.sheet, row.excel_row) not in known:
            found.append(_correction(SHEET_BY_NAME[row.sheet], row))
    order = {sheet.name: place for place, sheet in enumerate(SHEETS)}
    return sorted(found, key=lambda one: (-one.rows, order[one.sheet], one.excel_row))[:most]


def _roots(read: Read, run_id: int, relationship: Relationship) -> Iterator[Correction]:
    """The refused rows that others refer to, and the values that are in no row at all."""
    (link,) = relationship.links
    child, parent = relationship.from_sheet, SHEET_BY_NAME[link.to_sheet]
    orphaned = read(ORPHANED, {"run_id": run_id, "sheet": child, "header": link.from_header, "most": MOST})
    waiting = {row.value: row for row in orphaned}
    wanted = {"run_id": run_id, "sheet": parent.name, "header": link.to_header, "wanted": list(waiting)}
    for row in read(PARENTS, wanted) if waiting else ():
        orphans = waiting.pop(row.cells[link.to_header], None)
        yield _correction(parent, row, orphans.rows if orphans is not None else 0, child)
    for value, orphans in waiting.items():
        yield Correction(
            child,
            orphans.first_row,
            link.from_header,
            value,
            words.MISSING_PARENT.format(header=link.from_header, value=value, sheet=parent.name),
            words.ADD_PARENT,
            orphans.rows,
            child,
        )


def _correction(sheet: Sheet, row: Any, rows: int = 0, of: str = "") -> Correction:
    headers = [header for header, _ in words.faults_in(row.detail, sheet)] or list(sheet.key)
    shown = [words.cell(row.cells[header]) for header in headers if header in row.cells]
    return Correction(
        sheet.name,
        row.excel_row,
        ", ".join(headers),
        ", ".join(shown),
        words.reason(row.detail, sheet),
        words.REMEDIES[row.code],
        rows,
        of,
    )
