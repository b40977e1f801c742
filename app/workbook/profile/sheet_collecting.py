"""Reads a whole workbook into `SheetData`; breaches of the contract are collected, not raised."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field, replace

from app.contract import SHEETS, Sheet
from app.workbook.bounds.bounded import SheetStarted
from app.workbook.errors import WorkbookRefused
from app.workbook.judging.near_misses import near_misses
from app.workbook.profile.sheet_data import SheetData
from app.workbook.typing import typed_chunks
from app.workbook.workbook_reading import Workbook

Step = SheetStarted | tuple[str, int]
"""Yielded while a workbook is read: the sheet that begins, or a sheet's name and the number of its rows read so far."""
BREACHES = {"MISSING_SHEET", "MISSING_HEADER", "MISSING_COLUMN", "DUPLICATE_COLUMN"}
"""Codes of WorkbookRefused after which the rest can still be profiled."""


@dataclass(frozen=True, slots=True)
class Breach:
    """Reason for which an ingestion refuses a workbook: code of WorkbookRefused, and the sheet and columns at fault.

    instead: nearly right names in their place.
    """

    code: str
    sheet: str
    columns: tuple[str, ...] = ()
    instead: str | None = None


@dataclass(frozen=True, slots=True)
class Collected:
    """The readable sheets in the contract's order, the breaches, and sheets that the contract lacks."""

    sheets: dict[str, SheetData] = field(default_factory=dict)
    breaches: list[Breach] = field(default_factory=list)
    extra_sheets: list[str] = field(default_factory=list)


def collect(workbook: Workbook) -> Generator[Step, None, Collected]:
    """Read every sheet. Raises WorkbookRefused (DAMAGED, UNSAFE_XML, DUPLICATE_SHEET)."""
    known = {sheet.name for sheet in SHEETS}
    found = Collected(extra_sheets=[name for name in workbook.sheet_names if name not in known])
    workbook.require_unambiguous(known)
    for sheet in SHEETS:
        yield SheetStarted(sheet.name)
        if sheet.name not in workbook.sheet_names:
            near = near_misses([sheet.name], workbook.sheet_names)
            found.breaches.append(Breach("MISSING_SHEET", sheet.name, instead=next(iter(near), None)))
            continue
        try:
            data = yield from _read(workbook, sheet)
        except WorkbookRefused as refused:
            if refused.code not in BREACHES:
                raise
            headers = workbook.headers(sheet.name)
            found.breaches.extend(_breaches(sheet, headers, refused.code))
            data = yield from _read(workbook, _found_once(sheet, headers))
        if data.columns:
            found.sheets[sheet.name] = data
    return found


def _read(workbook: Workbook, sheet: Sheet) -> Generator[Step, None, SheetData]:
    data = SheetData(sheet)
    if sheet.columns:
        for chunk in typed_chunks(workbook, sheet):
            data.append(chunk)
            yield sheet.name, len(data)
        data.hidden_rows, data.hidden_columns = workbook.hidden_rows(sheet.name), workbook.hidden_columns(sheet.name)
    return data


def _found_once(sheet: Sheet, headers: list[str]) -> Sheet:
    return replace(sheet, columns=tuple(column for column in sheet.columns if headers.count(column.header) == 1))


def _breaches(sheet: Sheet, headers: list[str], code: str) -> list[Breach]:
    if code == "MISSING_HEADER":
        return [Breach("MISSING_HEADER", sheet.name)]
    named = [column.header for column in sheet.columns]
    missing = tuple(header for header in named if header not in headers)
    repeated = tuple(header for header in named if headers.count(header) > 1)
    near = "; ".join(near_misses(missing, headers))
    found = [("MISSING_COLUMN", missing, near or None), ("DUPLICATE_COLUMN", repeated, None)]
    return [Breach(code, sheet.name, columns, instead) for code, columns, instead in found if columns]
