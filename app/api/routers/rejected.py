"""The rows that a run refused: the first of them as a workbook, all of them as CSV."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from fastapi.concurrency import run_in_threadpool

from app.api.admission import admitting_router
from app.api.http.problems import Problem
from app.api.http.streaming import CsvAnswer, WorkbookAnswer
from app.api.keys.api_keys import Scope
from app.api.keys.rate_limits import Rate
from app.api.routers.ingestion import RunId, Shared, known_run, without_report
from app.api.routers.route_declaration import declared
from app.api.slots import SlotPool
from app.api.snapshot_reading import Backend
from app.ingestion.reports.run_report import run_report
from app.ingestion.runs.run_history import IngestionRun

router = admitting_router("ingestion")


ON_REQUEST: Any = {"scope": Scope.INGEST, "rate": Rate.DOWNLOAD, "slot_pool": SlotPool.NONE}
"""The declaration of both routes."""


@router.get(
    **declared("/api/ingestion/runs/{run_id}/rejected.xlsx", 404, 409, **ON_REQUEST),
    response_class=WorkbookAnswer,
)
async def rejected(run_id: RunId, backend: Shared) -> WorkbookAnswer:
    """The first 50,000 rows that a run refused, also one that was REFUSED, by sheet, with reason and Excel row."""
    known = await _known(run_id, backend)
    key = (run_id, known.excel_sha256, known.started_at)
    loop = asyncio.get_running_loop()
    file = await backend.made_books.of(key, partial(_write_book, backend, known, loop))
    return WorkbookAnswer.of(file, {"Content-Disposition": f'attachment; filename="rejected_rows_{run_id}.xlsx"'})


def _write_book(backend: Backend, known: IngestionRun, loop: asyncio.AbstractEventLoop, path: Path) -> None:
    """Write the workbook page by page; neither slot nor connection is held while rows are written. Raises 409 as a
    Problem."""
    # Imported when it is asked for: openpyxl is a twentieth of what a process of the API takes to start.
    from app.ingestion.reports.rejected_workbook import RejectsGone, write_rejected_rows

    def read(statement: sa.Select[Any], wanted: Mapping[str, object]) -> Sequence[sa.Row[Any]]:
        with backend.primary.connect() as connection:
            return connection.execute(statement, wanted).all()

    async def in_turn(statement: sa.Select[Any], wanted: Mapping[str, object]) -> Sequence[sa.Row[Any]]:
        async with backend.slot_pools[SlotPool.READERS].taken():
            return await run_in_threadpool(read, statement, wanted)

    def read_in_turn(statement: sa.Select[Any], wanted: Mapping[str, object]) -> Sequence[sa.Row[Any]]:
        return asyncio.run_coroutine_threadsafe(in_turn(statement, wanted), loop).result()

    try:
        write_rejected_rows(read_in_turn, path, run_id=known.run_id, excel_sha256=known.excel_sha256)
    except RejectsGone as gone:
        raise Problem(409, "NO_REPORT", f"The refused rows of run {known.run_id} are no longer kept.") from gone


async def _known(run_id: int, backend: Backend) -> IngestionRun:
    """The run, if it has a report. Raises 404 or 409 as a Problem."""

    def found() -> IngestionRun:
        with backend.primary.connect() as connection:
            return _reported_run(connection, backend, run_id)

    async with backend.slot_pools[SlotPool.READERS].taken():
        return await run_in_threadpool(found)


@router.get(
    **declared("/api/ingestion/runs/{run_id}/rejected.csv", 404, 409, **ON_REQUEST),
    response_class=CsvAnswer,
)
async def rejected_whole(run_id: RunId, backend: Shared) -> CsvAnswer:
    """All rows that a run refused, of every sheet, however many there are."""
    from app.ingestion.reports.rejected_csv import count_rejected

    def counted() -> int:
        with backend.primary.connect() as connection:
            _reported_run(connection, backend, run_id)
            return count_rejected(connection, run_id)

    async with backend.slot_pools[SlotPool.READERS].taken():
        total = await run_in_threadpool(counted)
    headers = {"Content-Disposition": f'attachment; filename="rejected_rows_{run_id}.csv"'}
    return CsvAnswer(_rejected_lines(backend, run_id, total), headers=headers)


def _reported_run(connection: sa.Connection, backend: Backend, run_id: int) -> IngestionRun:
    """Return the run if it has a report; a run without one has no recorded rejects. Raises 404 or 409 as a Problem."""
    known = known_run(connection, backend.settings.plant, run_id)
    if run_report(connection, run_id) is None:
        raise without_report(run_id, known.status)
    return known


async def _rejected_lines(backend: Backend, run_id: int, total: int) -> AsyncIterator[str]:
    """The lines of the CSV, page by page, so that a slow reader holds neither slot nor connection.

    Raises RuntimeError, which cuts the answer off, when rows are removed while they are read.
    """
    from app.ingestion.reports.rejected_csv import BEFORE_ALL, Place, csv_head, csv_page

    def page(after: Place) -> tuple[str, int, Place | None]:
        with backend.primary.connect() as connection:
            return csv_page(connection, run_id, after)

    yield csv_head()
    place: Place | None = BEFORE_ALL
    sent = 0
    while place is not None:
        async with backend.slot_pools[SlotPool.READERS].taken():
            text, rows, place = await run_in_threadpool(page, place)
        sent += rows
        yield text
    if sent != total:
        raise RuntimeError(f"Run {run_id} had {total} refused rows, and {sent} when they were read: ask again.")
