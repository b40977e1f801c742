"""The files of a route: its table as CSV, and as a workbook."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from app.api.gatekeeper import gates_guarding, gates_of_fields
from app.api.http.revalidation import headers_of, spare_if_known, tag_of
from app.api.http.streaming import CsvAnswer, WorkbookAnswer
from app.api.keys.rate_limits import Rate
from app.api.routers.file_tables import MOST_LISTED, Cell, ReadTable, Table
from app.api.routers.ingestion import Shared
from app.api.routers.route_declaration import declared
from app.api.routers.whole_reading import read_whole
from app.api.schemas.answered import DataQuality
from app.api.slots import SlotPool
from app.api.snapshot_reading import Backend, OfRun, Reading, require_supported
from app.features.calendar import calendar_digest
from app.features.gate_declaration import Gate
from app.ingestion.reports.csv_text import BYTE_ORDER_MARK, csv_lines
from app.planning.snapshot.answer import shown
from app.planning.snapshot.live_run import Run

TableOf = TypeVar("TableOf", bound=Callable[..., ReadTable])
Gates = tuple[Gate, ...]
PIECE_CHARACTERS = 1 << 16


class FileForm(StrEnum):
    """The forms of a file."""

    CSV = "csv"
    XLSX = "xlsx"


def with_files(
    router: APIRouter,
    path: str,
    *statuses: int,
    listed: type[BaseModel] | None = None,
    method: str = "GET",
    **given: Any,
) -> Callable[[TableOf], TableOf]:
    """Add the routes PATH.csv and PATH.xlsx, which have the table of the JSON route at this path. A decorator.

    The function has the parameters of that route but its page, and returns the reader of the table. statuses: of its
    own problems. listed: the model of the rows; a gate whose `values` name a field of it limits the table. given: of
    `declared`.
    """
    guards = gates_guarding(path)
    name = path.removeprefix("/api/").partition("/")[2].replace("_", " ")
    limits = tuple(dict.fromkeys([*guards, *gates_of_fields(listed)]))

    def added(function: TableOf) -> TableOf:
        for form, answer, make in (
            (FileForm.CSV, CsvAnswer, csv_file),
            (FileForm.XLSX, WorkbookAnswer, workbook_file),
        ):
            router.add_api_route(
                **file_of(f"{path}.{form}", *statuses, of=path, listed=listed, tagged=method == "GET", **given),
                endpoint=_endpoint(function, partial(make, limits=limits), guards),
                methods=[method],
                response_class=answer,
                summary=f"{name} as {'CSV' if form is FileForm.CSV else 'a workbook'}",
                description=inspect.getdoc(function),
            )
        return function

    return added


def _endpoint(function: Callable[..., ReadTable], make: Callable[..., Any], guards: Gates) -> Callable[..., Any]:
    """The endpoint of one form. It has the function's parameters, and `run_id`."""

    async def as_file(request: Request, backend: Backend, run_id: int | None, **asked: Any) -> StreamingResponse:
        read = guarded(function(**asked), guards)
        answer: StreamingResponse = await make(backend, run_id, read, tagged=partial(tagged, request, backend))
        return answer

    keyword = inspect.Parameter.KEYWORD_ONLY
    own = inspect.signature(function, eval_str=True).parameters.values()
    as_file.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            *(one.replace(kind=keyword) for one in own),
            inspect.Parameter("request", keyword, annotation=Request),
            inspect.Parameter("backend", keyword, annotation=Shared),
            inspect.Parameter("run_id", keyword, annotation=OfRun, default=None),
        ]
    )
    return as_file


def guarded(read: ReadTable, guards: Gates) -> ReadTable:
    """The reader; it raises 409 as a Problem while one of the gates is closed."""

    def supported(reading: Reading) -> Table:
        for gate in guards:
            require_supported(gate, reading)
        return read(reading)

    return supported


def tagged(request: Request, backend: Backend, *runs: Run) -> dict[str, str]:
    """The headers with the tag of a file about these runs; none for what was posted. Raises Unchanged where the client
    has it. The hour of `data_age_hours` does not count, because no file has it."""
    if request.method != "GET":
        return {}
    settings = backend.settings
    facts = [(run.run_id, run.published_at) for run in runs]
    gates, calendar = backend.gatekeeper.version(), calendar_digest(settings.calendar_file)
    tag = tag_of(request, backend.head, settings.plant, facts, gates, calendar)
    spare_if_known(request, tag)
    return headers_of(tag)


def file_of(path: str, *statuses: int, **given: Any) -> dict[str, Any]:
    """The declaration of a route that answers a table as a file. given: of `declared`."""
    return declared(path, 404, *statuses, 410, **{"rate": Rate.DOWNLOAD, "slot_pool": SlotPool.NONE, **given})


@dataclass(frozen=True, slots=True)
class _Text:
    """A table, its CSV, what its workbook says of the export, and the headers with its tag."""

    table: Table
    csv: str
    about: dict[str, Cell]
    headers: dict[str, str]


Tagged: TypeAlias = Callable[[Run], dict[str, str]]
"""Headers with the tag of a file about this run."""


async def csv_file(
    backend: Backend, run_id: int | None, read: ReadTable, *, limits: Gates = (), tagged: Tagged | None = None
) -> CsvAnswer:
    """All rows; an empty cell is null. Raises NoLiveRun, NoSuchRun, RunGone, or Unchanged."""
    run, text = await read_whole(backend, run_id, partial(_texts, read, tagged), limits)
    parts = (text.csv[start : start + PIECE_CHARACTERS] for start in range(0, len(text.csv), PIECE_CHARACTERS))
    return CsvAnswer(parts, headers=_named(text.table, run, FileForm.CSV) | text.headers)


async def workbook_file(
    backend: Backend, run_id: int | None, read: ReadTable, *, limits: Gates = (), tagged: Tagged | None = None
) -> WorkbookAnswer:
    """The first 50,000 rows, of which export they are, and what limits them. Raises as `csv_file` does."""
    run, text = await read_whole(backend, run_id, partial(_texts, read, tagged), limits)
    # The rows follow from gates and calendar, too, so that the number of the run does not name them.
    key = (text.table.name, *text.about.values(), sha256(text.csv.encode()).digest())
    file = await backend.made_books.of(key, partial(_write, text))
    return WorkbookAnswer.of(file, _named(text.table, run, FileForm.XLSX) | text.headers)


async def file_in(form: FileForm, backend: Backend, read: ReadTable) -> StreamingResponse:
    """The table of the live run in one of the two forms."""
    make = csv_file if form is FileForm.CSV else workbook_file
    return await make(backend, None, read)


def _texts(read: ReadTable, tagged: Tagged | None, reading: Reading) -> _Text:
    headers = {} if tagged is None else tagged(reading.run)
    table, run = read(reading), reading.run
    about: dict[str, Cell] = {
        "plant": run.plant,
        "run_id": run.run_id,
        "workbook_name": run.workbook_name,
        "published_at": run.published_at.isoformat(),
        "as_of": run.as_of,
    }
    for one in reading.answered()["data_quality"] or ():
        if isinstance(one, DataQuality):
            about[f"{one.gate} {one.status}"] = one.remedy
        else:
            about[f"{one.code} {one.sheet}"] = one.detail
    lines = [table.columns, *([_text(cell) for cell in row] for row in table.rows)]
    return _Text(table, BYTE_ORDER_MARK + csv_lines(lines), about, headers)


def _text(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, dt.date):
        return cell.isoformat()
    return shown(cell) if isinstance(cell, float) else cell


def _named(table: Table, run: Run, form: FileForm) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{table.name}_{run.run_id}.{form}"'}


def _write(text: _Text, path: Path) -> None:
    # Imported when it is asked for: the writer is a part of what a process of the API takes to start.
    from app.ingestion.reports.table_workbook import write_table

    write_table(path, text.table.name, text.table.columns, text.table.rows, text.about, MOST_LISTED)
