"""Profiles a workbook: every figure over all of its rows, without a database."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from app.contract import Sheet
from app.expansion_limit import DEFAULT_MAX_EXPANDED_MB
from app.workbook.bounds.bounded import bounded, configured_bounds
from app.workbook.errors import shown_name
from app.workbook.judging.contradictions import CONTRADICTIONS, SPANS, Contradicting, contradicting, is_day_alone
from app.workbook.judging.future_stamps import FutureStamps, future_stamps
from app.workbook.judging.reject_limits import SheetRejects
from app.workbook.judging.repeated_events import Repeated
from app.workbook.judging.totals import TotalsRow
from app.workbook.opc.digest import sha256_of
from app.workbook.opc.export_time import latest_event, latest_moments, recorded_times
from app.workbook.profile.columns import ColumnProfile, profile_column
from app.workbook.profile.faults import FAULTS, Found, SoundRows, count_faults
from app.workbook.profile.references import References, measure_references
from app.workbook.profile.rejects import repeated_events, sheet_rejects, totals_rows
from app.workbook.profile.row_keys import Candidates, key_candidates, refusals
from app.workbook.profile.sheet_collecting import Breach, Step, collect
from app.workbook.profile.sheet_data import EXAMPLES, SheetData
from app.workbook.workbook_reading import open_workbook

STAMPS = {
    "OrdensFabrico": ("Of_DataCriacao", "Of_DataAcabamento"),
    "FasesOrdemFabrico": ("FaseOf_Inicio", "FaseOf_Fim"),
}
"""Columns of events, from which as_of is computed; planned and transport dates are excluded."""
MEMORY_FACTOR = 4
"""A profile keeps all sheets in memory, an ingestion a few thousand rows."""
Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that an ingestion would refuse: its code, and the columns of its faulty cells."""

    excel_row: int
    code: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SheetProfile:
    """One sheet's figures.

    sheet: the contract, without missing columns. refused: rows by code. examples: the first refused rows. error_cells:
    cells of rows with faulty cells that hold an Excel error (by its code) or a formula without a stored value.
    """

    sheet: Sheet
    rows: int
    columns: tuple[ColumnProfile, ...]
    candidates: Candidates
    refused: dict[str, int]
    examples: tuple[RefusedRow, ...]
    error_cells: dict[str, int]
    extra_columns: tuple[str, ...]
    hidden_rows: int
    hidden_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkbookProfile:
    """The whole workbook's figures.

    as_of: the latest stamp, not later than the export, of rows that an ingestion would keep. faults: what was found of
    each of `FAULTS`, in their order. rejects: refused rows as the limits judge them, where there is no live run to
    compare with. repeated: sheets without key whose rows stand more than once. totals: rows that are the sum of all
    others. contradicting: sheets of which many rows contradict themselves. future: sheets with many stamps in the
    future.
    """

    name: str
    sha256: str
    size_bytes: int
    as_of: dt.datetime | None
    breaches: tuple[Breach, ...]
    extra_sheets: tuple[str, ...]
    sheets: tuple[SheetProfile, ...]
    references: tuple[References, ...]
    faults: tuple[Found | str, ...]
    rejects: tuple[SheetRejects, ...]
    repeated: tuple[Repeated, ...]
    totals: tuple[TotalsRow, ...]
    contradicting: tuple[Contradicting, ...]
    future: tuple[FutureStamps, ...]


def profile_workbook(
    path: Path, max_expanded_mb: int = DEFAULT_MAX_EXPANDED_MB, progress: Progress | None = None
) -> WorkbookProfile:
    """Profile a workbook.

    Raises WorkbookRefused for one that cannot be read; breaches of the contract are part of the profile. Memory: one
    sheet for the reader, and all sheets as `SheetData`.
    """
    bounds = configured_bounds()
    bounds = replace(bounds, memory_mb=bounds.memory_mb * MEMORY_FACTOR)
    for told in bounded(__name__, "profile_here", path, max_expanded_mb, bounds=bounds):
        if isinstance(told, WorkbookProfile):
            return told
        if progress is not None:
            progress(told[0], told[1], None)
    raise RuntimeError("the profile's process ended without a profile")


def profile_here(path: Path, max_expanded_mb: int) -> Iterator[Step | WorkbookProfile]:
    """Yield the progress of the reading, then the profile. Runs in this process."""
    sha256 = sha256_of(path)
    with open_workbook(path, max_expanded_mb) as workbook:
        found = yield from collect(workbook)
    columns = {
        name: tuple(profile_column(data, column) for column in data.sheet.columns)
        for name, data in found.sheets.items()
    }
    candidates = {name: key_candidates(data, columns[name]) for name, data in found.sheets.items()}
    refused = refusals(found.sheets, candidates)
    stamps = dict(_stamps(found.sheets, refused))
    bounds = latest_moments(recorded_times(path))
    as_of = latest_event(list(chain.from_iterable(stamps.values())), bounds)
    faults = tuple(count for _, count in count_faults(SoundRows(found.sheets, as_of)))
    yield WorkbookProfile(
        name=shown_name(path),
        sha256=sha256,
        size_bytes=path.stat().st_size,
        as_of=as_of,
        breaches=tuple(found.breaches),
        extra_sheets=tuple(found.extra_sheets),
        sheets=tuple(
            _sheet_profile(data, columns[name], candidates[name], refused[name]) for name, data in found.sheets.items()
        ),
        references=measure_references(found.sheets),
        faults=faults,
        rejects=tuple(sheet_rejects(found.sheets, refused)),
        repeated=tuple(repeated_events(found.sheets)),
        totals=tuple(totals_rows(found.sheets, refused)),
        contradicting=tuple(_contradicting(found.sheets, refused, faults)),
        future=tuple(_future(stamps, bounds[-1].moment)),
    )


def _sheet_profile(
    data: SheetData, columns: tuple[ColumnProfile, ...], candidates: Candidates, refused: Mapping[int, str]
) -> SheetProfile:
    return SheetProfile(
        sheet=data.sheet,
        rows=len(data),
        columns=columns,
        candidates=candidates,
        refused=dict(Counter(refused.values())),
        examples=_examples(data, refused),
        error_cells=dict(data.error_cells),
        extra_columns=data.extra_columns,
        hidden_rows=data.hidden_rows,
        hidden_columns=data.hidden_columns,
    )


def _contradicting(
    sheets: Mapping[str, SheetData], refused: Mapping[str, Mapping[int, str]], faults: tuple[Found | str, ...]
) -> Iterator[Contradicting]:
    counts = {
        fault.issue: found.count
        for fault, found in zip(FAULTS, faults, strict=True)
        if fault.issue in CONTRADICTIONS and isinstance(found, Found)
    }
    rows = {name: len(data) - len(refused[name]) for name, data in sheets.items()}
    found = {one.issue for one in contradicting(counts, rows)}  # at most these: repeated rows are among the counts
    kept = SoundRows({issue.sheet: sheets[issue.sheet].without(refused[issue.sheet]) for issue in found}, None)
    counts = {fault.issue: fault.count(kept).count for fault in FAULTS if fault.issue in found}
    for issue in found & SPANS.keys():
        counts[issue] -= sum(map(is_day_alone, *(kept[header] for header in SPANS[issue])))
    return contradicting(counts, rows)


def _future(stamps: Mapping[str, list[dt.datetime]], clock: dt.datetime) -> Iterator[FutureStamps]:
    return filter(None, (future_stamps(sheet, of_sheet, clock) for sheet, of_sheet in stamps.items()))


def _stamps(
    sheets: Mapping[str, SheetData], refused: Mapping[str, Mapping[int, str]]
) -> Iterator[tuple[str, list[dt.datetime]]]:
    """The event stamps of the rows that an ingestion would keep, by sheet."""
    for name, headers in STAMPS.items():
        if name in sheets:
            data = sheets[name].without(refused[name]) if refused[name] else sheets[name]
            columns = (data[header] for header in headers if header in data.columns)
            yield name, list(filter(None, chain.from_iterable(columns)))


def _examples(data: SheetData, refused: Mapping[int, str]) -> tuple[RefusedRow, ...]:
    return tuple(
        RefusedRow(data.excel_rows[place], refused[place], tuple(data.faulty_headers.get(place, ())))
        for place in sorted(refused)[:EXAMPLES]
    )
