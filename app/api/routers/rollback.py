"""Asks for a kept run to be made live again; a worker carries it out as `make publish` does."""

from __future__ import annotations

from fastapi import Request, Response

from app.api.admission import admitting_router, caller_of
from app.api.http.problems import Problem
from app.api.keys.api_keys import Scope
from app.api.keys.rate_limits import Rate
from app.api.routers.ingestion import RunId, Shared, accepted, known_run, queued
from app.api.routers.route_declaration import declared
from app.api.snapshot_reading import Backend
from app.ingestion.requests.request_queue import request_publication
from app.ingestion.runs.run_history import IngestionRun
from app.planning.snapshot.kept_run import kept_run

router = admitting_router("ingestion")


@router.post(
    **declared("/api/ingestion/runs/{run_id}/publish", 404, 409, 410, scope=Scope.INGEST, rate=Rate.INGESTION),
    response_model=IngestionRun,
    status_code=202,
)
def publish_run(request: Request, response: Response, run_id: RunId, backend: Shared) -> IngestionRun:
    """Ask for a kept run to be made live again (rollback), with its feature gates; `/api/runs` lists them.

    The answer is a run of its own, which names the key that asked; it is PUBLISHED once the kept run is live.
    """
    plant = backend.settings.plant
    known = require_publishable(backend, run_id)
    asked = queued(
        backend,
        lambda connection: request_publication(
            connection, plant, run_id, known.excel_sha256, known.workbook_name, caller_of(request)
        ),
    )
    return accepted(request, response, asked, backend)


def require_publishable(backend: Backend, run_id: int) -> IngestionRun:
    """The run, if it can be made live again. Raises 404 or 409 as a Problem, or RunGone."""
    plant = backend.settings.plant
    with backend.primary.connect() as connection:
        known = known_run(connection, plant, run_id)
        if known.result_run_id is None:
            detail = (
                f"Run {run_id} is {known.status}: only a published run can be made live again; /api/runs lists them."
            )
            raise Problem(409, "NOT_PUBLISHABLE", detail)
        if known.result_run_id != run_id:
            detail = f"Run {run_id} has no data of its own, but names run {known.result_run_id}: name that run instead."
            raise Problem(409, "NOT_PUBLISHABLE", detail)
        if known.is_live:
            raise Problem(409, "ALREADY_LIVE", f"Run {run_id} is the live run: there is nothing to do.")
        kept_run(connection, plant, run_id)
        return known
