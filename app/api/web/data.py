"""The page of the data: send a workbook, follow a run, its counts and refused rows, and the runs before."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from app.api.http.body_bounds import MEGABYTE, Body
from app.api.http.plant_path import address
from app.api.http.streaming import CsvAnswer, WorkbookAnswer
from app.api.keys.api_keys import Scope
from app.api.keys.rate_limits import Rate
from app.api.routers import ingestion, rejected, rollback
from app.api.routers.ingestion import RequestQuery, RunId, RunsQuery, Shared
from app.api.routers.route_declaration import declared
from app.api.slots import SlotPool
from app.api.snapshot_reading import Backend
from app.api.web.page_route import page_router
from app.api.web.problem_page import SCRIPT, SEE_OTHER
from app.api.web.rendering import page
from app.ingestion.reports.run_report import RunReport, run_report
from app.planning.snapshot.kept_run import KeptRun, kept_runs

router = page_router()
OPTIONS = frozenset(RequestQuery.model_fields) - {"name"}
"""Fields that the form may have beside its file."""
ENDED = frozenset({"PUBLISHED", "NO_OP", "FAILED", "REFUSED"})
DOWNLOAD: Any = {"scope": Scope.INGEST, "rate": Rate.DOWNLOAD, "slot_pool": SlotPool.NONE}


@router.get(**declared("/data", scope=Scope.INGEST), response_class=HTMLResponse)
def data(request: Request, backend: Shared, query: Annotated[RunsQuery, Query()]) -> HTMLResponse:
    """The form for a workbook, and the plant's runs."""
    listed = ingestion.runs(backend, query)
    most_bytes = backend.settings.max_upload_mb * MEGABYTE
    return page(request, "data.html.j2", listed=listed, most_bytes=most_bytes, ended=ENDED, kept=_kept(backend))


def _kept(backend: Backend) -> dict[int, KeptRun]:
    """The kept runs by number; none before the first publication."""
    with backend.engine.connect() as connection:
        return {run.run_id: run for run in kept_runs(connection, backend.settings.plant).runs}


@router.post(
    **declared("/data/runs", scope=Scope.INGEST, rate=Rate.INGESTION, body=Body.UPLOAD, slot_pool=SlotPool.NONE),
    response_class=Response,
)
async def send(request: Request, backend: Shared, query: Annotated[RequestQuery, Query()]) -> Response:
    """Queue the workbook in the body, and go on to its run.

    The page's script sends the file alone and goes on to the address of the answer; a browser without scripts sends the
    form as it is.
    """
    run_id = await ingestion.uploaded(request, backend, query, OPTIONS)
    followed_at = address(request, f"/data/runs/{run_id}")
    if request.headers.get("accept") == SCRIPT:
        return JSONResponse({"address": followed_at}, 202)
    return RedirectResponse(followed_at, SEE_OTHER)


@router.get(**declared("/data/runs/{run_id}", scope=Scope.INGEST), response_class=HTMLResponse)
def followed(request: Request, run_id: RunId, backend: Shared) -> HTMLResponse:
    """One run: how far it has come, or how it ended, with its counts by sheet."""
    with backend.primary.connect() as connection:
        run = ingestion.known_run(connection, backend.settings.plant, run_id)
        report = run_report(connection, run_id) if run.status in ENDED else None
    return page(
        request,
        "run.html.j2",
        run=run,
        report=report,
        has_ended=run.status in ENDED,
        rejects=_rejects(report),
    )


def _rejects(report: RunReport | None) -> int:
    return sum(sheet.rows_rejected for sheet in report.sheets) if report else 0


@router.post(
    **declared("/data/runs/{run_id}/retry", scope=Scope.INGEST, rate=Rate.INGESTION), response_class=HTMLResponse
)
def retry(request: Request, run_id: RunId, backend: Shared) -> RedirectResponse:
    """Ask again for a failed run, and go on to the new one."""
    again = ingestion.retry_run(request, Response(), run_id, backend)
    return RedirectResponse(address(request, f"/data/runs/{again.run_id}"), SEE_OTHER)


@router.get(**declared("/data/runs/{run_id}/publish", scope=Scope.INGEST), response_class=HTMLResponse)
def confirmed(request: Request, run_id: RunId, backend: Shared) -> HTMLResponse:
    """Ask before an earlier run is made live again: which workbook comes, and which goes."""
    rollback.require_publishable(backend, run_id)
    kept = _kept(backend)
    live = next(run for run in kept.values() if run.is_live)
    return page(request, "publish.html.j2", run=kept[run_id], live=live)


@router.post(
    **declared("/data/runs/{run_id}/publish", scope=Scope.INGEST, rate=Rate.INGESTION), response_class=HTMLResponse
)
def publish(request: Request, run_id: RunId, backend: Shared) -> RedirectResponse:
    """Ask for the run to be made live again, and go on to the request."""
    asked = rollback.publish_run(request, Response(), run_id, backend)
    return RedirectResponse(address(request, f"/data/runs/{asked.run_id}"), SEE_OTHER)


@router.get(**declared("/data/runs/{run_id}/rejected_rows.xlsx", **DOWNLOAD), response_class=WorkbookAnswer)
async def rejected_workbook(run_id: RunId, backend: Shared) -> WorkbookAnswer:
    """The first 50,000 rows that the run refused."""
    return await rejected.rejected(run_id, backend)


@router.get(**declared("/data/runs/{run_id}/rejected_rows.csv", **DOWNLOAD), response_class=CsvAnswer)
async def rejected_csv(run_id: RunId, backend: Shared) -> CsvAnswer:
    """All rows that the run refused."""
    return await rejected.rejected_whole(run_id, backend)
