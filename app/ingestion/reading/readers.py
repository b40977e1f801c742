"""Reads and prepares the sheets of a workbook in a bounded process, ahead of their consumer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from types import TracebackType

from app.contract import SHEETS, Sheet
from app.ingestion.reading.bulk import BulkRows
from app.ingestion.reading.preparing import Prepared, prepare
from app.workbook.bounds.bounded import BoundedProcess, Bounds, SheetStarted
from app.workbook.bounds.read_ahead import ReadAhead
from app.workbook.opc.export_time import recorded_times
from app.workbook.typing import typed_or_in_bulk
from app.workbook.workbook_reading import open_workbook

BY_NAME = {sheet.name: sheet for sheet in SHEETS}
LARGE_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class SheetEnd:
    """Facts that are known after a sheet's last row: unknown headers, SHA-256 of the sheet's XML, hidden rows and
    columns, and the times at which the file was made (`recorded_times`)."""

    extra_columns: tuple[str, ...]
    sheet_sha256: str
    hidden_rows: int
    hidden_columns: tuple[str, ...]
    recorded_times: tuple[dt.datetime, ...]


@dataclass(slots=True)
class SheetRows:
    """One sheet. chunks: its prepared rows, for one iteration; the other fields are set when it has ended."""

    chunks: Iterator[Prepared] = field(default_factory=lambda: iter(()))
    extra_columns: tuple[str, ...] = ()
    sheet_sha256: str = ""
    hidden_rows: int = 0
    hidden_columns: tuple[str, ...] = ()
    recorded_times: tuple[dt.datetime, ...] = ()


def is_large(workbook: Path) -> bool:
    """True if a second process is worth its start. False for a missing file, which the first process reports."""
    try:
        return workbook.stat().st_size >= LARGE_BYTES
    except OSError:
        return False


class Readers:
    """The sheets of a workbook in this order. Request each once, in order, and iterate it to its end.

    A second process reads the last sheet of a large workbook, half of all its rows, while the first reads the others.
    """

    def __init__(
        self, workbook: Path, sheets: Sequence[Sheet], max_expanded_mb: int, bounds: Bounds | None = None
    ) -> None:
        names = [sheet.name for sheet in sheets]
        apart = len(names) - 1 if is_large(workbook) else len(names)

        def process(some: list[str]) -> BoundedProcess:
            return BoundedProcess(__name__, "prepared_sheets", workbook, some, max_expanded_mb, bounds=bounds)

        with ExitStack() as opened:  # ends the first process if the second does not start
            first = opened.enter_context(closing(process(names[:apart])))
            self._ahead: ReadAhead | None = None
            if names[apart:]:
                self._ahead = opened.enter_context(closing(ReadAhead(process(names[apart:]))))
            self._open = opened.pop_all()
        self._ends: list[SheetEnd] = []
        self._told = chain(first, self._ahead or (), self._ends)

    def __enter__(self) -> Readers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def arrived(self) -> Iterator[Prepared]:
        """The rows of the last sheet that a second process has read by now; `sheet` gives the rest."""
        for told in self._ahead.arrived() if self._ahead else ():
            if isinstance(told, SheetEnd):
                self._ends.append(told)
            else:
                yield told

    def sheet(self) -> SheetRows:
        """The next sheet. Iterating over it raises WorkbookRefused as `typed_or_in_bulk` does, and TOO_DEMANDING."""
        found = SheetRows()

        def chunks() -> Iterator[Prepared]:
            for told in self._told:
                if isinstance(told, SheetEnd):
                    found.extra_columns, found.sheet_sha256 = told.extra_columns, told.sheet_sha256
                    found.hidden_rows, found.hidden_columns = told.hidden_rows, told.hidden_columns
                    found.recorded_times = told.recorded_times
                    return
                yield told

        found.chunks = chunks()
        return found


def prepared_sheets(path: Path, names: list[str], max_expanded_mb: int) -> Iterator[SheetStarted | Prepared | SheetEnd]:
    """The prepared rows of each sheet, followed by its SheetEnd."""
    with open_workbook(path, max_expanded_mb) as workbook:
        workbook.require_contract()
        recorded = recorded_times(path)
        for name in names:
            yield SheetStarted(name)
            extra: tuple[str, ...] = ()
            for chunk in typed_or_in_bulk(workbook, BY_NAME[name], BulkRows):
                extra = chunk.extra_columns
                yield prepare(BY_NAME[name], chunk)
            hidden = workbook.hidden_rows(name), workbook.hidden_columns(name)
            yield SheetEnd(extra, workbook.sheet_sha256(name), *hidden, recorded)
