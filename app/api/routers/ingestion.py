"""Ingestions: request one by upload or by path, follow it, fetch its report and its refused rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import fields
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends, Query, Request, Response
from fastapi import Path as InPath
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError

from app.api.admission import admitting_router, caller_of
from app.api.http.body_bounds import MEGABYTE, Body
from app.api.http.form_file import FIELD, FORM, FormFile, boundary_of
from app.api.http.plant_path import address
from app.api.http.problems import RETRY_AFTER_S, Problem
from app.api.http.receiving import (
    EXPORT_SCHEMA,
    XLSX,
    admitted,
    named_export,
    pieces_of,
    place_for_upload,
    small_body,
    write_body,
    write_pieces,
)
from app.api.http.revalidation import headers_of, spare_if_known, tag_of
from app.api.http.spelling import IN_DIGITS, Flag, WholeNumber
from app.api.keys.api_keys import Scope
from app.api.keys.rate_limits import Rate
from app.api.routers.route_declaration import declared
from app.api.schemas.ingestion import ReportAnswer, RunsAnswer
from app.api.slots import SlotPool
from app.api.snapshot_reading import Backend, backend_of
from app.ingestion.errors import QueueFull
from app.ingestion.options import Allowed
from app.ingestion.reports.run_report import run_report
from app.ingestion.requests.inbox import KEPT, Inbox, NoSuchExport, Stored
from app.ingestion.requests.request_queue import NewRequest, request_ingestion, request_of, retry_ingestion
from app.ingestion.runs.run_history import IngestionRun, find_run, list_runs

router = admitting_router("ingestion")

HIGHEST = 2**63 - 1
RunId = Annotated[int, Field(ge=1, le=HIGHEST), IN_DIGITS, InPath()]
BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": EXPORT_SCHEMA, "example": {"path": "2026/Folha_IA.xlsx"}},
            XLSX: {"schema": {"type": "string", "format": "binary"}},
            FORM: {
                "schema": {
                    "type": "object",
                    "properties": {FIELD: {"type": "string", "format": "binary"}},
                    "required": [FIELD],
                    "additionalProperties": False,
                }
            },
        },
    }
}


class RequestQuery(BaseModel):
    """Options of an ingestion."""

    name: str = Field("workbook.xlsx", max_length=255, description="what an uploaded file is called")
    force: Flag = Field(False, description="ingest again although this very workbook is live")
    allow_shrink: Flag = Field(False, description="accept that over 10 % of a table's keys disappear")
    allow_rejects: Flag = Field(False, description="accept any number of refused rows")
    allow_older: Flag = Field(False, description="accept an export that ends before the live run does")
    allow_empty: Flag = Field(False, description="accept a first snapshot without orders, or without rows referred to")

    allow_implausible: Flag = Field(
        False, description="accept values that most rows changed since the live run, or rows that stand twice"
    )

    @property
    def allowed(self) -> Allowed:
        """The refusals that the client has waived beforehand."""
        return Allowed(**{one.name: getattr(self, f"allow_{one.name}") for one in fields(Allowed)})


class RunsQuery(BaseModel):
    """A page of runs."""

    limit: WholeNumber = Field(50, ge=1, le=500)
    before: Annotated[int, Field(ge=1, le=HIGHEST), IN_DIGITS] | None = Field(
        None, description="only runs with lower numbers: next_before"
    )


async def shared(request: Request) -> Backend:
    """FastAPI dependency: the backend of the request's plant, without a thread."""
    return backend_of(request)


Shared = Annotated[Backend, Depends(shared)]


@router.post(
    **declared(
        "/api/ingestion/runs",
        415,
        507,
        scope=Scope.INGEST,
        rate=Rate.INGESTION,
        body=Body.UPLOAD,
        slot_pool=SlotPool.NONE,
        extra=BODY,
    ),
    response_model=IngestionRun,
    status_code=202,
)
async def request_run(
    request: Request, response: Response, backend: Shared, query: Annotated[RequestQuery, Query()]
) -> IngestionRun:
    """Ask for the ingestion of an uploaded workbook, or of an export by its path; a worker carries it out.

    The file is looked at first: what can be no workbook of this factory is refused here, and nothing of it is kept.
    """
    settings, readers = backend.settings, backend.slot_pools[SlotPool.READERS]
    inbox = Inbox(settings.upload_dir, settings.export_dir)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        named = await small_body(request, settings.max_body_mb * MEGABYTE)
        stored = await run_in_threadpool(named_export, inbox, named)
        async with readers.taken():
            run_id = await run_in_threadpool(_requested, request, backend, query, stored)
            return await run_in_threadpool(accepted, request, response, run_id, backend)
    if kind not in (XLSX, FORM):
        detail = f"Send the workbook as {XLSX} or as a file of {FORM}, or a path as application/json."
        raise Problem(415, "UNSUPPORTED_MEDIA_TYPE", detail)
    run_id = await uploaded(request, backend, query)
    # Past that block: once the run is queued, nothing that fails here may take the upload away.
    async with readers.taken():
        return await run_in_threadpool(accepted, request, response, run_id, backend)


async def uploaded(request: Request, backend: Backend, query: RequestQuery, options: Set[str] = frozenset()) -> int:
    """The number of the run that was queued for the workbook that the request's body is, or is a form with.

    A form's own name of the file counts where the query gives none. options: of the query, which the form may have as
    fields. Raises a Problem, or RequestValidationError.
    """
    inbox = Inbox(backend.settings.upload_dir, backend.settings.export_dir)
    boundary = boundary_of(request)
    form = None if boundary is None else FormFile(boundary, pieces_of(request), options)
    name = query.name if form is None or "name" in query.model_fields_set else await form.name()
    async with place_for_upload(inbox, name) as stored:
        if form is None:
            await write_body(request, stored.path)
        else:
            await write_pieces(form.content(), stored.path)
            query = _with_fields(query, form.fields)
        async with backend.slot_pools[SlotPool.READERS].taken():
            return await run_in_threadpool(_requested, request, backend, query, stored)


def _with_fields(query: RequestQuery, fields: Mapping[str, str]) -> RequestQuery:
    """The options with those of a form's fields. Raises RequestValidationError."""
    try:
        return RequestQuery.model_validate({**query.model_dump(exclude_unset=True), **fields})
    except ValidationError as error:
        raise RequestValidationError([{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]) from error


def accepted(request: Request, response: Response, run_id: int, backend: Backend) -> IngestionRun:
    """The response for a queued run: its number and its address."""
    response.headers["Location"] = address(request, f"/api/ingestion/runs/{run_id}")
    return run(run_id, backend)


def _requested(request: Request, backend: Backend, query: RequestQuery, stored: Stored) -> int:
    sha256 = admitted(stored.path, backend.settings.max_expanded_mb)
    wanted = NewRequest(
        backend.settings.plant, stored, sha256, caller_of(request), force=query.force, allowed=query.allowed
    )
    return queued(backend, lambda connection: request_ingestion(connection, wanted))


def queued(backend: Backend, ask: Callable[[sa.Connection], int]) -> int:
    """The number of the run that `ask` requests, in a transaction of its own. Raises 429 as a Problem."""
    try:
        with backend.primary.connect() as connection:
            run_id = ask(connection)
            connection.commit()
    except QueueFull as full:
        raise Problem(429, full.code, str(full), headers={"Retry-After": str(RETRY_AFTER_S)}) from full
    return run_id


@router.post(
    **declared("/api/ingestion/runs/{run_id}/retry", 404, 409, 413, 415, scope=Scope.INGEST, rate=Rate.INGESTION),
    response_model=IngestionRun,
    status_code=202,
)
def retry_run(request: Request, response: Response, run_id: RunId, backend: Shared) -> IngestionRun:
    """Ask again for a run that failed without the workbook's fault, with the same file and options, as a new run."""
    settings = backend.settings
    with backend.primary.connect() as connection:
        failed, asked = known_run(connection, settings.plant, run_id), request_of(connection, run_id)
    if asked is not None and asked.source == KEPT:
        detail = f"Run {run_id} ingested nothing: ask again for run {asked.file} to be published."
        raise Problem(409, "NOT_RETRYABLE", detail)
    if not failed.retryable or asked is None:
        raise Problem(409, "NOT_RETRYABLE", f"Run {run_id} is {failed.status}; only a requested one that failed is.")
    try:
        stored = Inbox(settings.upload_dir, settings.export_dir).kept(asked.source, asked.file)
    except NoSuchExport as gone:
        detail = f"The workbook of run {run_id} is no longer there. Send it again."
        raise Problem(409, "NOT_RETRYABLE", detail) from gone
    sha256 = admitted(stored.path, settings.max_expanded_mb)
    if sha256 != asked.excel_sha256:
        detail = f"The workbook of run {run_id} has changed since it was asked for. Ask for a new ingestion of it."
        raise Problem(409, "NOT_RETRYABLE", detail)
    again = queued(backend, lambda connection: retry_ingestion(connection, run_id, caller_of(request)))
    return accepted(request, response, again, backend)


@router.get(**declared("/api/ingestion/runs", scope=Scope.INGEST), response_model=RunsAnswer)
def runs(backend: Shared, query: Annotated[RunsQuery, Query()]) -> RunsAnswer:
    """Runs of the plant, asked for here or started by a command, newest number first."""
    with backend.primary.connect() as connection:
        found = list_runs(connection, backend.settings.plant, limit=query.limit + 1, before=query.before)
    page = found[: query.limit]
    return RunsAnswer(
        plant=backend.settings.plant, runs=page, next_before=page[-1].run_id if len(found) > query.limit else None
    )


@router.get(**declared("/api/ingestion/runs/{run_id}", 404, scope=Scope.INGEST), response_model=IngestionRun)
def run(run_id: RunId, backend: Shared) -> IngestionRun:
    """One run: how far it has come, or how it ended."""
    with backend.primary.connect() as connection:
        return known_run(connection, backend.settings.plant, run_id)


@router.get(
    **declared("/api/ingestion/runs/{run_id}/report", 404, 409, scope=Scope.INGEST, tagged=True),
    response_model=ReportAnswer,
)
def report(request: Request, response: Response, run_id: RunId, backend: Shared) -> ReportAnswer:
    """The counts, refused rows, oddities and judgements of a reconciled run."""
    with backend.primary.connect() as connection:
        known = known_run(connection, backend.settings.plant, run_id)
        # A report is written in the transaction of its run and never again.
        tag = tag_of(request, backend.head, known.status, known.started_at, known.excel_sha256)
        spare_if_known(request, tag)
        found = run_report(connection, run_id)
    if found is None:
        raise without_report(run_id, known.status)
    response.headers.update(headers_of(tag))
    return ReportAnswer.model_construct(plant=backend.settings.plant, **dict(found))


def known_run(connection: sa.Connection, plant: str, run_id: int) -> IngestionRun:
    """Return the run of the plant. Raises 404 as a Problem."""
    found = find_run(connection, plant, run_id)
    if found is None:
        raise Problem(404, "RUN_NOT_FOUND", f"There is no run {run_id}.")
    return found


def without_report(run_id: int, status: str) -> Problem:
    """The Problem for a run that has no report."""
    return Problem(409, "NO_REPORT", f"Run {run_id} is {status}: only a run that reconciled has a report.")
