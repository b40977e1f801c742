"""Counts the refused rows of a profiled workbook, as an ingestion without a live run would."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from app.contract import RELATIONSHIPS, SHEET_BY_NAME
from app.workbook.judging.column_faults import by_column
from app.workbook.judging.reject_limits import CONFLICT, COUNTED, ORPHAN, SheetRejects
from app.workbook.judging.reject_sentences import key_in_words
from app.workbook.judging.repeated_events import Repeated, are_repeated
from app.workbook.judging.totals import FEWEST_ROWS, FEWEST_SUMMED, JUDGED, PRECISION, TotalsRow, summed_columns
from app.workbook.profile.sheet_data import SheetData

Refused = Mapping[str, Mapping[int, str]]
"""The code with which an ingestion would refuse a row, by sheet and place of the row."""


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
        open_rows, open_refused = _open_rows(data, codes)
        keys, key, key_rows = _conflicting_keys(data, codes)
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
            conflicting_keys=keys,
            conflicting_key=key,
            conflicting_key_rows=key_rows,
            open_rows=open_rows,
            open_refused=open_refused,
        )


def repeated_events(sheets: Mapping[str, SheetData]) -> Iterator[Repeated]:
    """Each sheet without key of which most rows stand more than once; of one that lacks a column nothing is said."""
    for name, data in sheets.items():
        if data.sheet.key or data.sheet != SHEET_BY_NAME[name]:
            continue
        sound = data.sound
        places: dict[tuple[Any, ...], list[int]] = {}
        for place, row in zip(sound.excel_rows, zip(*sound.columns.values(), strict=True), strict=True):
            places.setdefault(row, []).append(place)
        repeated = [rows for rows in places.values() if len(rows) > 1]
        if are_repeated(len(places), len(repeated)):
            first, second = min(repeated)[:2]
            yield Repeated(name, len(places), len(repeated), (first, second))


def totals_rows(sheets: Mapping[str, SheetData], refused: Refused) -> Iterator[TotalsRow]:
    """The totals row of each sheet that has one; of a sheet that lacks a column nothing is said."""
    for sheet in JUDGED:
        data = sheets.get(sheet.name)
        if data is None or data.sheet != sheet or len(data) - len(refused[sheet.name]) < FEWEST_ROWS:
            continue
        kept = data.without(refused[sheet.name])
        columns = [kept[column.header] for column in summed_columns(sheet)]
        summed = [column for column in columns if math.fsum(column)]
        if not summed or min(sum(value != 0 for value in column) for column in summed) < FEWEST_SUMMED:
            continue
        sums = [math.fsum(column) for column in columns]
        for excel_row, *values in zip(kept.excel_rows, *columns, strict=True):
            pairs = zip(values, sums, strict=True)
            if all(abs(2 * value - whole) <= float(PRECISION) * abs(whole) for value, whole in pairs):
                yield TotalsRow(sheet.name, excel_row)
                break


def _open_rows(data: SheetData, codes: Mapping[int, str]) -> tuple[int, int]:
    """Rows without an end, and those of them that are refused. A faulty end, of a refused row, is a null too."""
    end = data.sheet.end
    if end is None:
        return 0, 0
    places = [place for place, value in enumerate(data[end.header]) if value is None]
    ended = data.faulty[end.header]
    return len(places) - ended, sum(codes.get(place) in COUNTED for place in places) - ended


def _conflicting_keys(data: SheetData, codes: Mapping[int, str]) -> tuple[int, str, int]:
    """The number of keys of the conflicting rows; the most frequent one as text, and its number of rows."""
    places = [place for place in sorted(codes) if codes[place] == CONFLICT]
    if not places:
        return 0, "", 0
    columns = [data[header] for header in data.sheet.key]
    counted = Counter(tuple(column[place] for column in columns) for place in places)
    ((key, rows),) = counted.most_common(1)
    return len(counted), key_in_words(data.sheet, key), rows


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
