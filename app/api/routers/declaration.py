"""How a route is declared: its gates come from the declaration file, its problems are documented."""

from __future__ import annotations

from typing import Any

from fastapi import Depends

from app.api.gatekeeper import gates_guarding
from app.api.problems import MEDIA_TYPE
from app.api.reading import require
from app.api.schemas.problems import NotSupportedBody, ProblemBody

DESCRIPTIONS = {
    400: "A cursor that this service did not make, or of other filters",
    404: "Nothing has this number in the live run",
    410: "A cursor of an earlier run",
    422: "A parameter is invalid; the body names it",
    503: "No data yet, or the database does not answer",
}


def problem(model: type[ProblemBody], description: str) -> dict[str, Any]:
    """An OpenAPI response of problem+json."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def unavailable() -> dict[str, Any]:
    """The response of a service that cannot answer at the moment, which says when to come back."""
    again = {"description": "seconds until it may be worth asking again", "schema": {"type": "integer"}}
    return problem(ProblemBody, DESCRIPTIONS[503]) | {"headers": {"Retry-After": {**again, "required": True}}}


def declared(path: str, *statuses: int, values_of: tuple[str, ...] = ()) -> dict[str, Any]:
    """Arguments of a route: its path, the dependencies of the gates that guard it, and its problems.

    values_of: gates that limit single fields of the answer without closing the route.
    """
    gates = gates_guarding(path)
    responses: dict[int | str, dict[str, Any]] = {
        status: problem(ProblemBody, DESCRIPTIONS[status]) for status in statuses
    }
    responses[503] = unavailable()
    if gates:
        responses[409] = problem(NotSupportedBody, "The data does not support this feature")
    return {
        "path": path,
        "dependencies": [Depends(require(gate), scope="function") for gate in gates],
        "responses": responses,
        "openapi_extra": {"x-feature-gates": [*(gate.name for gate in gates), *values_of]},
    }
