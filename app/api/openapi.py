"""The OpenAPI document: the routes as FastAPI sees them, the problems' schemas, and what admission adds to each."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from app.api.admission import AdmittedRoute
from app.api.examples import add_examples
from app.api.routers.route_declaration import HEADERS, problem
from app.api.schemas.problems import NotSupportedBody, ProblemBody

SCHEME = "apiKey"
PLANTS = (
    "Where there are several plants, `/api/plants/NAME/…` is each address `/api/…` of that plant; one without"
    " a name means the default plant. `/api/plants` lists the plants of the caller's key; each answer about the data"
    " names its plant."
)


def documented(app: FastAPI, *, keys_required: bool) -> dict[str, Any]:
    """The OpenAPI document of this application.

    keys_required: True if every route but the public ones needs a key in this process.
    """
    document = get_openapi(title=app.title, version=app.version, description=PLANTS, routes=app.routes)
    schemas = document["components"]["schemas"]
    for model in (ProblemBody, NotSupportedBody):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schema.pop("$defs", None)
        schemas[model.__name__] = schema
    document["components"]["securitySchemes"] = {
        SCHEME: {
            "type": "http",
            "scheme": "bearer",
            "description": "A key made by `python3 -m app api-key`; x-required-scope says which scope it must have.",
        }
    }
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, AdmittedRoute) and route.include_in_schema:
            for method in route.methods or ():
                _admission(document["paths"][context.path_format][method.lower()], method, route, keys_required)
    add_examples(document)
    return document


def made_once(make: Callable[[], dict[str, Any]]) -> Callable[[], dict[str, Any]]:
    """A function that makes the document when it is first asked for; threads that ask meanwhile wait for that one."""
    made, lock = cache(make), Lock()

    def document() -> dict[str, Any]:
        with lock:
            return made()

    return document


def operation_id(route: APIRoute) -> str:
    """An operation id made of method and path, so that it changes only with the path."""
    methods = sorted(map(str.lower, route.methods or ()))
    return "_".join([*methods, *re.findall(r"[a-z0-9]+", route.path_format.removeprefix("/api").lower())])


def _admission(operation: dict[str, Any], method: str, route: AdmittedRoute, keys_required: bool) -> None:
    """Add the operation's key requirement, refusals and ETag headers."""
    responses, admission = operation["responses"], route.admission
    if admission.needs_key(keys_required):
        operation["security"] = [{SCHEME: []}]
        responses["401"] = problem(ProblemBody, 401, "WWW-Authenticate")
        responses["403"] = problem(ProblemBody, 403, "WWW-Authenticate")
    if admission.rate is not None:
        responses["429"] = problem(ProblemBody, 429, "Retry-After")
    if route.tagged and method == "GET" and "200" in responses:
        responses["200"]["headers"] = {"ETag": HEADERS["ETag"]}
        responses["304"] = {"description": "The client has this answer already", "headers": {"ETag": HEADERS["ETag"]}}
    if route.status_code is not None and route.status_code >= 400:  # it has no answer but this refusal
        responses[str(route.status_code)]["content"].pop("application/json", None)
    for made in responses.keys() & {"201", "202"}:
        responses[made]["headers"] = {"Location": HEADERS["Location"]}
    if "requestBody" in operation:
        responses["408"] = problem(ProblemBody, 408)
        responses["413"] = problem(ProblemBody, 413)
        responses["415"] = problem(ProblemBody, 415)
