"""Declares a route: who is admitted, its gates, which come from the declaration file, and its problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Depends

from app.api.admission import Admission, Requirements
from app.api.gatekeeper import gates_guarding
from app.api.http.body_bounds import Body
from app.api.http.problems import MEDIA_TYPE
from app.api.keys.api_keys import Scope
from app.api.keys.rate_limits import Rate
from app.api.schemas.problems import NotSupportedBody, ProblemBody
from app.api.slots import Lane
from app.api.snapshot_reading import require

DESCRIPTIONS = {
    400: "A cursor that this service did not make, or of other filters",
    401: "No API key, or none that is valid here",
    403: "The API key has not the scope that this needs",
    404: "Nothing has this number here",
    406: "The Accept header takes no form that this has",
    408: "The body took too long to arrive",
    409: "The data does not support this feature, or the run's state does not allow it",
    410: "A cursor of an earlier run",
    413: "The body is larger than is taken here",
    415: "The body is of a kind that is not taken here",
    422: "A parameter is invalid; the body names it",
    429: "Too many requests of this kind; Retry-After says when to come back",
    503: "No data yet, too many requests at once, or the database does not answer",
    507: "There is no room for uploads",
}
HEADERS = {
    "ETag": {
        "description": "Settled by the run: sent back as If-None-Match, the same answer is 304 without a body",
        "required": True,
        "schema": {"type": "string"},
    },
    "Location": {
        "description": "Address of the run that was asked for",
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Retry-After": {
        "description": "Seconds until the next try",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {
        "description": "How to authenticate (RFC 6750)",
        "required": True,
        "schema": {"type": "string"},
    },
}


def problem(model: type[ProblemBody], status: int, *headers: str) -> dict[str, Any]:
    """An OpenAPI response of problem+json, with these headers."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    described = {"headers": {name: HEADERS[name] for name in headers}} if headers else {}
    return {"description": DESCRIPTIONS[status], "content": {MEDIA_TYPE: {"schema": schema}}, **described}


def declared(
    path: str,
    *statuses: int,
    values_of: tuple[str, ...] = (),
    scope: Scope | None = Scope.READ,
    key_always: bool = False,
    rate: Rate | None = None,
    body: Body = Body.SMALL,
    lane: Lane = Lane.READERS,
    tagged: bool = False,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Arguments of a route: its path, who is admitted, the dependencies of the gates that guard it, and its problems.

    values_of: gates that limit single fields of the answer without closing the route. scope: that a caller's key must
    have; None opens the route to everybody. key_always: a key is needed also where reading needs none; ingesting always
    needs one. rate: how often a client may ask, for what is costly. body: how large a body may be, and how slow. lane:
    the places that the route needs to start. tagged: its answers have a tag; those that are read from the live run have
    one in any case. What these refuse (401, 403, 406, 408, 413, 429, 503), and 422,
    need not be among the statuses. extra: members of the operation in the OpenAPI document that FastAPI cannot know.
    """
    gates = gates_guarding(path)
    responses: dict[int | str, dict[str, Any]] = {
        status: problem(ProblemBody, status) for status in (*statuses, 406, 422)
    }
    responses[503] = problem(ProblemBody, 503, "Retry-After")
    if gates:
        responses[409] = problem(NotSupportedBody, 409)
    requirements = Requirements(
        Admission(scope, key_always or scope is Scope.INGEST, rate, lane),
        body,
        tagged=tagged or (lane, scope) == (Lane.READERS, Scope.READ),
        extra={"x-feature-gates": [*(gate.name for gate in gates), *values_of], "x-body": body, **(extra or {})},
    )
    return {
        "path": path,
        "dependencies": [Depends(require(gate), scope="function") for gate in gates],
        "responses": responses,
        "openapi_extra": requirements,
    }


PUBLIC: dict[str, Any] = {
    "openapi_extra": Requirements(Admission(None, lane=Lane.NONE)),
    "responses": {status: problem(ProblemBody, status) for status in (406, 422)},
}
"""Arguments of a route that everybody may ask and that asks nobody else."""
