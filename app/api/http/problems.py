"""Makes all error answers: RFC 9457 problem+json with a stable code, or a page, and no internals.

No SQL, path, host or stack trace leaves the process; what went wrong inside is in the server's log.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from itertools import islice
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from app.api.http.json_body import MemberTwice
from app.api.http.plant_path import asked_path, is_page_address
from app.api.http.revalidation import Unchanged, unchanged
from app.database.errors import DatabaseError
from app.database.revisions.at_head import NotAtHead
from app.planning.snapshot.kept_run import NoEarlierRun, NoSuchRun, RunGone
from app.planning.snapshot.live_run import NoLiveRun
from app.typed import typed

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 5
QUERY_CANCELLED = "57014"
STANDBY, READ_WRITE_REFUSED = "25006", "0A000"
"""A statement that writes, on a standby, which is read-only; a transaction there that asks for writing."""
LONGEST_NAME, MOST_NAMED = 60, 10
"""Limits of a refusal's message: characters of a name, and number of names."""
NOT_BOOTSTRAPPED = ("42P01", "42703", "3F000", "42501")
"""No such table, column or schema, or no privilege: the schema is not at head, or was not granted."""
log = logging.getLogger("uvicorn.error")


class Problem(Exception):
    """An error answer: HTTP status, stable code, one sentence, further headers and members of the body."""

    def __init__(
        self, status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: Any
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.members = status, code, detail, members
        self.headers = dict(headers or {})


ProblemPage = Callable[[Request, Problem], Response]


def answer(problem: Problem, request: Request) -> Response:
    """The problem as an HTTP response: a page at an address of pages, problem+json at every other one."""
    if is_page_address(asked_path(request)):
        try:
            shown: Response = request.app.state.problem_page(request, problem)
        except Exception:  # whatever else is broken, the problem itself is told
            log.exception("The page of the problem %s could not be made", problem.code)
        else:
            return shown
    return as_json(problem, request)


def as_json(problem: Problem, request: Request) -> JSONResponse:
    """The problem as problem+json."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "code": problem.code,
        "detail": problem.detail,
        "instance": asked_path(request),
        **problem.members,
    }
    return JSONResponse(body, problem.status, further_headers(problem), media_type=MEDIA_TYPE)


def further_headers(problem: Problem) -> dict[str, str]:
    """The headers of its answer; a 503 has Retry-After."""
    headers = {"Retry-After": str(RETRY_AFTER_S)} if problem.status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    return headers | problem.headers


def install(app: FastAPI, problem_page: ProblemPage) -> None:
    """Answer every error of the application as a problem. problem_page: makes its page."""
    app.state.problem_page = problem_page
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(MemberTwice, _member_twice)
    app.add_exception_handler(RequestValidationError, _validation)
    app.add_exception_handler(Unchanged, unchanged)
    app.add_exception_handler(NoLiveRun, _no_data)
    for kind in (NoSuchRun, RunGone, NoEarlierRun):
        app.add_exception_handler(kind, _kept_run)
    app.add_exception_handler(DatabaseError, _database)
    app.add_exception_handler(sa.exc.SQLAlchemyError, _database)
    app.add_exception_handler(Exception, _unexpected)


def unavailable() -> Problem:
    """The database cannot be asked at the moment."""
    return Problem(503, "DATABASE_UNAVAILABLE", "The database does not answer at the moment. Try again shortly.")


def of_database(error: Exception) -> Problem:
    """Translate an error of the database into a client's problem."""
    if isinstance(error, NotAtHead):
        detail = f"The database's schema is not at this version. Run {error.remedy}."
        found = [error.found] if error.found else []
        return Problem(503, "SCHEMA_NOT_READY", detail, expected=error.wanted, found=found)
    state = getattr(getattr(error, "orig", None), "pgcode", None)
    if state == QUERY_CANCELLED:
        return Problem(
            503, "QUERY_TIMEOUT", "The answer took too long and was given up. Narrow the question, or retry."
        )
    if state == STANDBY or (state == READ_WRITE_REFUSED and "during recovery" in str(error)):
        return Problem(
            503, "READ_ONLY_DATABASE", "The database is a standby, which takes no requests. Ask the primary's API."
        )
    if state in NOT_BOOTSTRAPPED:
        return Problem(
            503, "SCHEMA_NOT_READY", f"The database's schema is not at this version. Run {typed('bootstrap')}."
        )
    if isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError | sa.exc.TimeoutError | DatabaseError):
        return unavailable()
    if isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated:
        return unavailable()
    return Problem(500, "INTERNAL_ERROR", "The request could not be answered; the server's log says why.")


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return answer(error, request)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.BAD_REQUEST:
        # FastAPI answers 400 for a body that is no text or no form; here it is 422, like a body that is no JSON.
        unread = {"location": "body", "parameter": "", "message": "The body cannot be read"}
        return answer(Problem(422, "INVALID_PARAMETER", "Invalid: the body cannot be read.", errors=[unread]), request)
    code = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(error.status_code, "HTTP_ERROR")
    detail = {404: "There is nothing at this address.", 405: "This address does not take this method."}
    problem = Problem(error.status_code, code, detail.get(error.status_code, "The request was refused."))
    response = answer(problem, request)
    response.headers.update(error.headers or {})
    methods = methods_at(request) if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED else []
    if methods:
        # FastAPI names the methods of the first route at this address only.
        response.headers["Allow"] = ", ".join(methods)
    return response


def methods_at(request: Request) -> list[str]:
    """The methods of the documented routes at this address; none for an address that the document does not have.

    The document itself is not asked: making it takes most of a second.
    """
    found: set[str] = set()
    for context in iter_route_contexts(request.app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and route.include_in_schema and context.path_format:
            found.update((compile_path(context.path_format)[0].match(request.url.path) and route.methods) or ())
    return sorted(found)


async def _member_twice(request: Request, error: Exception) -> Response:
    assert isinstance(error, MemberTwice)
    return answer(invalid([("body", error.name, "Given more than once")]), request)


async def _validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return answer(of_validation(error), request)


def of_validation(error: RequestValidationError) -> Problem:
    """The Problem that names the invalid parameters."""
    # Neither the given value nor pydantic's context is repeated: only where and why.
    return invalid(
        (str(fault["loc"][0]), ".".join(map(str, fault["loc"][1:])), fault["msg"]) for fault in error.errors()
    )


def invalid(faults: Iterable[tuple[str, str, str]]) -> Problem:
    """The Problem of faults by location, parameter and message; the first of many, because they come from outside."""
    errors = [
        {"location": location, "parameter": name[:LONGEST_NAME], "message": message}
        for location, name, message in islice(faults, MOST_NAMED)
    ]
    named = ", ".join(fault["parameter"] for fault in errors)
    return Problem(422, "INVALID_PARAMETER", f"Invalid: {named}.", errors=errors)


async def _no_data(request: Request, error: Exception) -> Response:
    return answer(no_data(), request)


def no_data() -> Problem:
    """The plant has no live run."""
    return Problem(503, "NO_DATA", f"No workbook has been ingested and published yet. Run {typed('ingest')}.")


async def _kept_run(request: Request, error: Exception) -> Response:
    return answer(of_kept_run(error), request)


def of_kept_run(error: Exception) -> Problem:
    """The client's problem for a run that cannot be read or compared."""
    if isinstance(error, NoSuchRun):
        return Problem(404, "RUN_NOT_FOUND", str(error))
    if isinstance(error, RunGone):
        return Problem(410, "RUN_GONE", str(error))
    return Problem(409, "NO_EARLIER_RUN", str(error))


async def _database(request: Request, error: Exception) -> Response:
    return answer(logged_of_database(request, error), request)


def logged_of_database(request: Request, error: Exception) -> Problem:
    """The client's problem for an error of the database, which the server's log names."""
    problem = of_database(error)
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    else:
        log.warning("%s %s: %s (%s)", request.method, request.url.path, problem.code, type(error).__name__)
    return problem


async def _unexpected(request: Request, error: Exception) -> Response:
    # Starlette raises the error again after this answer, so that the server logs it.
    return answer(
        Problem(500, "INTERNAL_ERROR", "The request could not be answered; the server's log says why."), request
    )
