"""A bounded table of a run as CSV, and as a workbook."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from app.api.http.streaming import CsvAnswer, WorkbookAnswer
from app.api.keys.rate_limits import Rate
from app.api.made_books import pieces
from app.api.routers.route_declaration import declared
from app.api.routers.whole_reading import read_whole
from app.api.slots import SlotPool
from app.api.snapshot_reading import Backend, Reading
from app.ingestion.reports.csv_text import BYTE_ORDER_MARK, csv_lines
from app.planning.snapshot.answer import shown
from app.planning.snapshot.live_run import Run

Cell: TypeAlias = str | int | float | dt.date | None


class FileForm(StrEnum):
    """The forms of a file."""

    CSV = "csv"
    XLSX = "xlsx"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under their column names. name: of the file, before the number of its run."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]


ReadTable: TypeAlias = Callable[[Reading], Table]


def table_of(name: str, model: type[BaseModel], entries: Sequence[BaseModel]) -> Table:
    """The entries of a list, a column for each field."""
    columns = tuple(model.model_fields)
    return Table(name, columns, [[getattr(entry, column) for column in columns] for entry in entries])


def file_of(path: str, *statuses: int, listed: type[BaseModel] | None = None) -> dict[str, Any]:
    """The declaration of a route that answers a table as a file."""
    return declared(path, 404, *statuses, 410, listed=listed, rate=Rate.DOWNLOAD, slot_pool=SlotPool.NONE)


async def csv_file(backend: Backend, run_id: int | None, read: ReadTable) -> CsvAnswer:
    """All rows; an empty cell is null. Raises NoLiveRun, NoSuchRun or RunGone."""
    run, table = await read_whole(backend, run_id, read)
    return CsvAnswer(iter([_csv_text(table)]), headers=_named(table, run, FileForm.CSV))


async def workbook_file(backend: Backend, run_id: int | None, read: ReadTable) -> WorkbookAnswer:
    """The first 20,000 rows, and of which export they are. Raises NoLiveRun, NoSuchRun or RunGone."""
    run, table = await read_whole(backend, run_id, read)
    # The rows follow from the gates and the calendar, too, so that the number of the run does not name them.
    key = (table.name, run.plant, run.run_id, run.published_at, sha256(_csv_text(table).encode()).digest())
    file = await backend.made_books.of(key, partial(_write, table, run))
    length = {"Content-Length": str(os.fstat(file.fileno()).st_size)}
    return WorkbookAnswer(pieces(file), headers=_named(table, run, FileForm.XLSX) | length)


async def file_in(form: FileForm, backend: Backend, read: ReadTable) -> StreamingResponse:
    """The table of the live run in one of the two forms."""
    make = csv_file if form is FileForm.CSV else workbook_file
    return await make(backend, None, read)


def _csv_text(table: Table) -> str:
    return BYTE_ORDER_MARK + csv_lines([table.columns, *([_text(cell) for cell in row] for row in table.rows)])


def _text(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return shown(cell) if isinstance(cell, float) else cell


def _named(table: Table, run: Run, form: FileForm) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{table.name}_{run.run_id}.{form}"'}


def _write(table: Table, run: Run, path: Path) -> None:
    # Imported when it is asked for: openpyxl is a twentieth of what a process of the API takes to start.
    from app.ingestion.reports.table_workbook import write_table

    about: dict[str, Cell] = {
        "plant": run.plant,
        "run_id": run.run_id,
        "workbook_name": run.workbook_name,
        "published_at": run.published_at.isoformat(),
        "as_of": run.as_of,
    }
    write_table(path, table.name, table.columns, table.rows, about)
