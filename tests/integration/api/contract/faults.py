"""Faults to plant into the API's answers, one for each kind of promise that its document makes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

PROBLEM = "application/problem+json"
Spoil = Callable[[Request, int, Any], Response | None]
"""(request, status, body) -> the answer instead, or None: leave this one as it is."""


def crashes_on_one_value(request: Request, status: int, body: Any) -> Response | None:
    is_the_one = request.query_params.get("status") == "COMPLETED"
    return JSONResponse({"code": "INTERNAL_ERROR"}, 500, media_type=PROBLEM) if is_the_one else None


def number_as_text(request: Request, status: int, body: Any) -> Response | None:
    return JSONResponse(body | {"orders": str(body["orders"])}) if status == 200 else None


def undocumented_status(request: Request, status: int, body: Any) -> Response | None:
    return JSONResponse(body, 203) if status == 200 else None


def without_a_member(request: Request, status: int, body: Any) -> Response | None:
    return JSONResponse({name: value for name, value in body.items() if name != "totals"}) if status == 200 else None


def problem_as_plain_json(request: Request, status: int, body: Any) -> Response | None:
    return JSONResponse(body, status) if status == 404 else None


def moment_with_a_zone(request: Request, status: int, body: Any) -> Response | None:
    return JSONResponse(body | {"as_of": f"{body['as_of']}Z"}) if status == 200 else None


def refusal_without_remedy(request: Request, status: int, body: Any) -> Response | None:
    given = {"type": "about:blank", "title": "Conflict", "status": 409, "code": "NOT_SUPPORTED_BY_DATA", "detail": ""}
    return JSONResponse(given | {"instance": request.url.path}, 409, media_type=PROBLEM) if status == 200 else None


def unavailable_without_retry_after(request: Request, status: int, body: Any) -> Response | None:
    given = {"type": "about:blank", "title": "", "status": 503, "code": "NO_DATA", "detail": ""}
    return JSONResponse(given | {"instance": request.url.path}, 503, media_type=PROBLEM) if status == 200 else None


def refuses_what_is_valid(request: Request, status: int, body: Any) -> Response | None:
    given = {"type": "about:blank", "title": "", "status": 422, "code": "INVALID_PARAMETER", "detail": ""}
    is_the_one = request.query_params.get("limit") == "500"
    return JSONResponse(given | {"instance": request.url.path}, 422, media_type=PROBLEM) if is_the_one else None


def takes_what_is_invalid(request: Request, status: int, body: Any) -> Response | None:
    envelope = {
        "run_id": 1,
        "plant": "main",
        "workbook_name": "",
        "published_at": "2025-01-01T00:00:00Z",
        "as_of": None,
    }
    envelope |= {"data_age_hours": None, "data_quality": None}
    given = {**envelope, "work_order_id": 1, "status": "OPEN", "phases": []}
    return JSONResponse(given) if status == 422 else None


def takes_any_method(request: Request, status: int, body: Any) -> Response | None:
    return JSONResponse({"status": "alive"}) if status == 405 else None


FAULTS: dict[str, tuple[Spoil, set[str]]] = {
    "GET /api/prodplan/orders": (crashes_on_one_value, {"ServerError", "UndefinedStatusCode"}),
    "GET /api/kpis/overview": (number_as_text, {"JsonSchemaError"}),
    "GET /api/prodplan/bottlenecks": (undocumented_status, {"UndefinedStatusCode"}),
    "GET /api/prodplan/schedule/current": (without_a_member, {"JsonSchemaError"}),
    "GET /api/prodplan/orders/{work_order_id}": (problem_as_plain_json, {"UndefinedContentType"}),
    "GET /api/smartinventory/wip": (moment_with_a_zone, {"JsonSchemaError"}),
    "GET /api/quality/by-culprit-phase": (refusal_without_remedy, {"JsonSchemaError"}),
    "GET /api/quality/overview": (unavailable_without_retry_after, {"ServerError", "MissingHeaders"}),
    "GET /api/ingestion/runs": (refuses_what_is_valid, {"RejectedPositiveData"}),
    "GET /api/prodplan/orders/{work_order_id}/phases": (takes_what_is_invalid, {"AcceptedNegativeData"}),
    "TRACE /api/health": (takes_any_method, {"UnsupportedMethodResponse"}),
}
"""The planted fault of each operation and schemathesis's name of it; other operations have none."""


def plant(app: FastAPI) -> FastAPI:
    """The application with every fault in its answers."""
    spoils = {operation.partition(" ")[2]: spoil for operation, (spoil, _) in FAULTS.items()}

    @app.middleware("http")
    async def spoilt(request: Request, call_next: Any) -> Response:
        # A fault is planted into the body as it is, not into a compressed one.
        request.scope["headers"] = [one for one in request.scope["headers"] if one[0] != b"accept-encoding"]
        response = await call_next(request)
        content = b"".join([part async for part in response.body_iterator])
        route = request.scope.get("route")
        spoil = spoils.get(getattr(route, "path", request.url.path))
        instead = spoil(request, response.status_code, json.loads(content)) if spoil else None
        if instead is not None and instead.status_code == 200:
            instead.headers["ETag"] = response.headers.get("etag", 'W/"planted"')
        return instead or Response(content, response.status_code, dict(response.headers))

    return app
