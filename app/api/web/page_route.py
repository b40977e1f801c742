"""A route whose answers are pages: admitted by the session instead of a header, and its problems are pages too."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qsl, urlencode

import sqlalchemy as sa
from fastapi import APIRouter, Request
from fastapi.exceptions import HTTPException, RequestValidationError
from fastapi.responses import Response

from app.api.admission import AdmittedRoute, admit, no_such_plant
from app.api.http.plant_path import REFUSAL, asked_plant
from app.api.http.problems import Problem, logged_of_database, no_data, of_kept_run, of_validation
from app.api.keys.rate_limits import Rate
from app.api.routers.route_declaration import declared
from app.api.slots import SlotPool
from app.api.web import session
from app.api.web.problem_page import complete, know_reader, refused
from app.api.web.texts import language
from app.database.errors import DatabaseError
from app.planning.snapshot.kept_run import NoEarlierRun, NoSuchRun, RunGone
from app.planning.snapshot.live_run import NoLiveRun

KEPT = (NoSuchRun, RunGone, NoEarlierRun)
TRANSLATED = (Problem, RequestValidationError, HTTPException, NoLiveRun, *KEPT, DatabaseError, sa.exc.SQLAlchemyError)


class PageRoute(AdmittedRoute):
    """A route for a browser. A POST must come from a page of this address; without a valid key a GET is sent to the
    sign-in form."""

    async def admit(self, request: Request) -> None:
        await admit(request, self.admission, session.session_key)
        plant, key = asked_plant(request), getattr(request.state, "key", None)
        if plant is not None and key is not None and not key.is_for(plant):
            raise no_such_plant()
        if (refusal := request.scope.get(REFUSAL)) is not None:
            raise refusal

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def shown(request: Request) -> Response:
            asked = language.chosen(request)
            know_reader(request)
            if self.admission.scope is not None:
                request.state.directory = await request.app.state.plants.listed()
            _tidy_query(request, without_language=asked is not None)
            try:
                if request.method == "POST":
                    session.require_own_site(request)
                response = await handle(request)
            except TRANSLATED as error:
                response = refused(request, problem_of(request, error))
            complete(response)
            if asked is not None:
                language.remember(response, asked)
            return response

        return shown


def page_router() -> APIRouter:
    """A router of pages; none of them is in the OpenAPI document."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)


def page_file(path: str) -> dict[str, Any]:
    """The declaration of a page's file: it takes its place while it is read, not while it is sent."""
    return declared(path, rate=Rate.DOWNLOAD, slot_pool=SlotPool.NONE)


def problem_of(request: Request, error: Exception) -> Problem:
    """The problem that the JSON routes would answer."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, RequestValidationError):
        return of_validation(error)
    if isinstance(error, HTTPException):
        return Problem(error.status_code, "HTTP_ERROR", "The request was refused.")
    if isinstance(error, KEPT):
        return of_kept_run(error)
    return no_data() if isinstance(error, NoLiveRun) else logged_of_database(request, error)


def _tidy_query(request: Request, *, without_language: bool) -> None:
    """Remove the fields that a form left empty from the query, and the language, which is read already."""
    given = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    kept = [(name, value) for name, value in given if value and not (without_language and name == language.PARAMETER)]
    if kept != given:
        request.scope["query_string"] = urlencode(kept).encode()
        for cached in ("_url", "_query_params"):
            request.__dict__.pop(cached, None)
