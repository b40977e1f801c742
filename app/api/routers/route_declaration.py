"""The declaration of a route: its admission, gates (from gates.toml) and problem responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Depends
from pydantic import BaseModel

from app.api.admission import Admission, Requirements
from app.api.gatekeeper import gates_guarding, gates_of_fields
from app.api.http.body_bounds import Body
from app.api.http.problems import MEDIA_TYPE
from app.api.keys.api_keys import Scope
from app.api.keys.rate_limits import Rate
from app.api.schemas.problems import NotSupportedBody, ProblemBody
from app.api.slots import SlotPool
from app.api.snapshot_reading import require

DESCRIPTIONS = {
    400: "A cursor that this service did not make, or of other filters",
    401: "No API key, or none that is valid here",
    403: "The API key has not the scope that this needs",
    404: "Nothing has this number here; of run_id: no such run was ever published",
    406: "The Accept header takes no form that this has",
    408: "The body took too long to arrive",
    409: "The data does not support this feature, or the run's state does not allow it",
    410: "The run is no longer kept, or a cursor of another run",
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
        "description": "Address of what was asked for or made",
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
    of: str | None = None,
    answer: type[BaseModel] | None = None,
    listed: type[BaseModel] | None = None,
    scope: Scope | None = Scope.READ,
    key_always: bool = False,
    rate: Rate | None = None,
    body: Body = Body.SMALL,
    slot_pool: SlotPool = SlotPool.READERS,
    tagged: bool = False,
    any_plant: bool = False,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The arguments of a route: path, admission, dependencies on the gates that guard it, and problem responses.

    statuses: of its own problems; 401, 403, 406, 408, 413, 415, 422, 429, 503, of a guarded route 409, of one that
        reads a run 404 and 410, are added where they can occur.
    of: the path of the route whose guards are this one's; then it looks them up itself.
    answer: the response model. listed: the model of the rows of a CSV. A gate whose `values` name a field of either
        limits the answer.
    scope: the scope that a caller's key must have; None: a public route.
    key_always: a key is needed also where reading needs none; ingesting and keeping scenarios always need one.
    rate: limits how often a client may call a costly route.
    body: the bounds on the size and duration of a request body.
    slot_pool: the pool of places that a request waits for.
    tagged: the answers have an ETag; those that are read from the live run always have one.
    any_plant: a key that is for other plants will do.
    extra: further members of the operation in the OpenAPI document.
    """
    guards = gates_guarding(of or path)
    gates = tuple(dict.fromkeys([*guards, *gates_of_fields(answer or listed)]))
    reads_a_run = (slot_pool, scope) == (SlotPool.READERS, Scope.READ)
    of_run = (404, 410) if reads_a_run else ()
    responses: dict[int | str, dict[str, Any]] = {
        status: problem(ProblemBody, status) for status in (*statuses, *of_run, 406, 422)
    }
    responses[503] = problem(ProblemBody, 503, "Retry-After")
    if guards:
        responses[409] = problem(NotSupportedBody, 409)
    requirements = Requirements(
        Admission(scope, key_always or scope in (Scope.INGEST, Scope.PLAN), rate, slot_pool, any_plant),
        body,
        tagged=tagged or reads_a_run,
        gates=gates,
        extra={"x-feature-gates": [gate.name for gate in gates], "x-body": body, **(extra or {})},
    )
    return {
        **({} if answer is None else {"response_model": answer}),
        "path": path,
        "dependencies": [Depends(require(gate), scope="function") for gate in guards if of is None],
        "responses": responses,
        "openapi_extra": requirements,
    }


PUBLIC: dict[str, Any] = {
    "openapi_extra": Requirements(Admission(None, slot_pool=SlotPool.NONE)),
    "responses": {status: problem(ProblemBody, status) for status in (406, 422)},
}
"""Arguments of a public route that neither reads the database nor asks another service."""
