"""Changes between two runs: side by side, in words for orders, row by row; as CSV and as a workbook."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AfterValidator, BaseModel, Field, WithJsonSchema

from app.api.admission import admitting_router
from app.api.http import cursor as cursors
from app.api.http.revalidation import headers_of, spare_if_known, tag_of
from app.api.http.spelling import WholeNumber
from app.api.http.streaming import CsvAnswer, WorkbookAnswer
from app.api.keys.rate_limits import Rate
from app.api.routers.ingestion import Shared
from app.api.routers.route_declaration import declared
from app.api.routers.table_files import tagged
from app.api.routers.whole_reading import read_whole
from app.api.schemas.answered import merged
from app.api.schemas.changes import ChangedOrdersAnswer, ChangesAnswer, KeptRunsAnswer, earlier
from app.api.slots import SlotPool
from app.api.snapshot_reading import Backend, Reading, RunNumber, backend_of, require_still_kept, run_asked_for
from app.contract import SHEET_BY_NAME
from app.planning.changes.changed_rows import START, ChangedRow, Place, changed_rows
from app.planning.changes.changes_csv import csv_head, csv_of
from app.planning.changes.compared_runs import ComparedRuns, compared_runs
from app.planning.changes.order_changes import changed_orders
from app.planning.snapshot.kept_run import kept_runs, run_before
from app.planning.snapshot.live_run import Run

router = admitting_router("changes")
PAGE_ROWS = 5_000
FromRun = Annotated[RunNumber | None, Query(description="a kept run; without it the run published before to_run")]
ToRun = Annotated[RunNumber | None, Query(description="a kept run; without it the live one")]


def _of_the_contract(sheet: str) -> str:
    if sheet not in SHEET_BY_NAME:
        raise ValueError(f"the sheets are {', '.join(SHEET_BY_NAME)}")
    return sheet


SheetName = Annotated[
    str, AfterValidator(_of_the_contract), WithJsonSchema({"type": "string", "enum": list(SHEET_BY_NAME)})
]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two runs to compare, and the reading of the later one."""

    before: Run
    reading: Reading

    @property
    def numbers(self) -> tuple[int, int]:
        return self.before.run_id, self.reading.run.run_id


def pair_of(connection: sa.Connection, backend: Backend, from_run: int | None, to_run: int | None) -> Pair:
    """The two runs asked for. Raises NoLiveRun, NoSuchRun, RunGone or NoEarlierRun."""
    plant = backend.settings.plant
    after = run_asked_for(connection, plant, to_run)
    before = run_before(connection, after) if from_run is None else run_asked_for(connection, plant, from_run)
    return Pair(before, Reading(connection, after, backend))


def comparing(request: Request, response: Response, from_run: FromRun = None, to_run: ToRun = None) -> Iterator[Pair]:
    """FastAPI dependency: both runs in one transaction, with the tag of the answer, as `reading` does for one."""
    backend = backend_of(request)
    with backend.engine.connect() as connection:
        pair = pair_of(connection, backend, from_run, to_run)
        reading = pair.reading
        tag = tag_of(request, backend.head, *pair.numbers, reading.run.published_at, reading.age_hours)
        spare_if_known(request, tag)
        response.headers.update(headers_of(tag))
        yield pair
        for run in (pair.before, reading.run):
            require_still_kept(connection, run)


ComparedPair = Annotated[Pair, Depends(comparing, scope="function")]


class ChangesQuery(BaseModel):
    """The sheets, and a page of their rows."""

    sheet: SheetName | None = Field(None, description="rows of this sheet alone")
    limit: WholeNumber = Field(50, ge=1, le=500, description="most rows, or orders, of a page")
    cursor: str | None = Field(None, max_length=cursors.MAX_CHARACTERS, description="next_cursor of the page before")


class ChangedOrdersQuery(BaseModel):
    """A page of orders."""

    limit: WholeNumber = Field(50, ge=1, le=500)
    cursor: str | None = Field(None, max_length=cursors.MAX_CHARACTERS, description="next_cursor of the page before")


@router.get(**declared("/api/changes", 400, 409, answer=ChangesAnswer))
def changes(request: Request, pair: ComparedPair, query: Annotated[ChangesQuery, Query()]) -> ChangesAnswer:
    """Changes from one run to another: counts, figures side by side, and the rows that differ, in pages."""
    backend = backend_of(request)
    before, after = pair.numbers
    filters = {"changes": "rows", "from_run": before, "sheet": query.sheet}
    place = START
    if query.cursor is not None:
        sheet, *key = cursors.decode_place(backend.cursor_key, query.cursor, after, filters)
        place = Place(sheet, tuple(key))
    found = list(
        islice(changed_rows(pair.reading.connection, before, after, place, sheet=query.sheet), query.limit + 1)
    )
    following = None
    if len(found) > query.limit:
        last = found[query.limit - 1][1]
        following = cursors.encode_place(backend.cursor_key, after, filters, [last.sheet, *(last.key or ())])
    members = pair.reading.answered() | {
        "from_run": earlier(pair.before),
        "rows": [row for row, _ in found[: query.limit]],
        "next_cursor": following,
    }
    return merged(ChangesAnswer, members, compared(backend, pair))


@router.get(**declared("/api/runs", answer=KeptRunsAnswer, slot_pool=SlotPool.NONE))
async def runs(backend: Shared) -> KeptRunsAnswer:
    """The kept runs: those that run_id answers for, and that a rollback can make live. Without a tag: retention may
    remove one while the live run stays."""

    def found(reading: Reading) -> KeptRunsAnswer:
        return merged(KeptRunsAnswer, reading.answered(), kept_runs(reading.connection, backend.settings.plant))

    return (await read_whole(backend, None, found))[1]


@router.get(**declared("/api/changes/orders", 400, 409, answer=ChangedOrdersAnswer))
def orders(request: Request, pair: ComparedPair, query: Annotated[ChangedOrdersQuery, Query()]) -> ChangedOrdersAnswer:
    """Changes of orders from one run to another, in words: the lowest number first, in pages."""
    backend = backend_of(request)
    before, after = pair.numbers
    filters = {"changes": "orders", "from_run": before}
    behind = None
    if query.cursor is not None:
        (behind,) = cursors.decode_place(backend.cursor_key, query.cursor, after, filters)
    found = changed_orders(pair.reading.connection, before, after, limit=query.limit + 1, behind=behind)
    page, following = found[: query.limit], None
    if len(found) > query.limit:
        following = cursors.encode_place(backend.cursor_key, after, filters, [page[-1].work_order_id])
    return ChangedOrdersAnswer.model_construct(
        **pair.reading.answered(), from_run=earlier(pair.before), orders=page, next_cursor=following
    )


def compared(backend: Backend, pair: Pair) -> ComparedRuns:
    """Both runs counted; kept by this process for the next page, because no run changes."""
    return backend.comparisons.of(
        pair.numbers, lambda: compared_runs(pair.reading.connection, pair.before, pair.reading.run)
    )


class WholeQuery(BaseModel):
    """The two runs, and the sheet of a file."""

    from_run: RunNumber | None = Field(None, description="a kept run; without it the run published before to_run")
    to_run: RunNumber | None = Field(None, description="a kept run; without it the live one")


class CsvQuery(WholeQuery):
    """The two runs, and the sheet."""

    sheet: SheetName | None = Field(None, description="rows of this sheet alone")


WHOLE: Any = {"rate": Rate.DOWNLOAD, "slot_pool": SlotPool.NONE, "tagged": True}
"""The declaration of both files."""


@router.get(**declared("/api/changes.csv", 404, 409, 410, **WHOLE), response_class=CsvAnswer)
async def changes_whole(request: Request, backend: Shared, query: Annotated[CsvQuery, Query()]) -> CsvAnswer:
    """All rows that differ, a line for each cell."""
    pair, tag = await asked_pair(request, backend, query)
    name = f"changes_{pair.numbers[0]}_{pair.numbers[1]}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return CsvAnswer(_lines(backend, pair, query.sheet), headers=headers | tag)


async def asked_pair(request: Request, backend: Backend, query: WholeQuery) -> tuple[Pair, dict[str, str]]:
    """The two runs, and the headers with the tag of their file. Raises Unchanged where the client has it."""

    def resolved() -> tuple[Pair, dict[str, str]]:
        with backend.engine.connect() as connection:
            pair = pair_of(connection, backend, query.from_run, query.to_run)
            return pair, tagged(request, backend, pair.before, pair.reading.run)

    async with backend.slot_pools[SlotPool.READERS].taken():
        return await run_in_threadpool(resolved)


async def _lines(backend: Backend, pair: Pair, sheet: str | None) -> AsyncIterator[str]:
    """The lines of the CSV, page by page, so that a slow reader holds neither slot nor connection.

    Raises RunGone, which cuts the answer off, when a run is removed while it is read.
    """

    def page(place: Place) -> list[tuple[ChangedRow, Place]]:
        with backend.engine.connect() as connection:
            found = list(islice(changed_rows(connection, *pair.numbers, place, sheet=sheet), PAGE_ROWS))
            for run in (pair.before, pair.reading.run):
                require_still_kept(connection, run)
            return found

    yield csv_head()
    place, more = START, True
    while more:
        async with backend.slot_pools[SlotPool.READERS].taken():
            found = await run_in_threadpool(page, place)
        yield csv_of([row for row, _ in found])
        more = len(found) == PAGE_ROWS
        place = found[-1][1] if found else place


@router.get(**declared("/api/changes.xlsx", 404, 409, 410, **WHOLE), response_class=WorkbookAnswer)
async def changes_workbook(request: Request, backend: Shared, query: Annotated[WholeQuery, Query()]) -> WorkbookAnswer:
    """Both runs side by side, the first 20,000 changed orders in words, and the first 20,000 changed cells."""
    asked, tag = await asked_pair(request, backend, query)
    pair = asked.numbers
    loop = asyncio.get_running_loop()
    file = await backend.made_books.of(("changes", *pair), partial(_write_book, backend, pair, loop))
    headers = {"Content-Disposition": f'attachment; filename="changes_{pair[0]}_{pair[1]}.xlsx"'}
    return WorkbookAnswer.of(file, headers | tag)


def _write_book(backend: Backend, numbers: tuple[int, int], loop: asyncio.AbstractEventLoop, path: Path) -> None:
    """Write the workbook; neither slot nor connection is held while rows are written."""
    # Imported when it is asked for: openpyxl is a twentieth of what a process of the API takes to start.
    from app.planning.changes.changes_workbook import Listed, listed, write_changes

    def read() -> Listed:
        with backend.engine.connect() as connection:
            pair = pair_of(connection, backend, *numbers)
            found = listed(connection, pair.before, pair.reading.run, compared(backend, pair))
            for run in (pair.before, pair.reading.run):
                require_still_kept(connection, run)
            return found

    async def in_turn() -> Listed:
        async with backend.slot_pools[SlotPool.READERS].taken():
            return await run_in_threadpool(read)

    write_changes(asyncio.run_coroutine_threadsafe(in_turn(), loop).result(), path)
