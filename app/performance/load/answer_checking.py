"""Checks that an answer is correct: 200, JSON as the service's OpenAPI document describes it, and true of the run.

A check returns what is wrong, in a few words without the body, or None.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from app.performance.errors import PreparationError
from app.performance.load.connection import Answer
from app.performance.load.timetable import Request
from app.performance.load.truth import Truth

Check = Callable[[Request, Any], str | None]
DEFAULT_PAGE = 50
"""Orders on a page when the request names no limit."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Reason that makes an answer an error: HTTP_<status>, WRONG_BODY, TIMEOUT or CONNECTION, and a detail."""

    code: str
    detail: str


def fault_of(request: Request, answer: Answer, checks: tuple[Check, ...]) -> Fault | None:
    """Judge one answer; None: it is correct."""
    if answer.status != 200:
        return Fault(f"HTTP_{answer.status}", f"GET {request.path}")
    try:
        body = json.loads(answer.body) if answer.media_type == "application/json" else None
    except ValueError:
        body = None
    if body is None:
        return Fault("WRONG_BODY", f"GET {request.path}: no JSON ({answer.media_type})")
    for check in checks:
        wrong = check(request, body)
        if wrong is not None:
            return Fault("WRONG_BODY", f"GET {request.path}: {wrong}")
    return None


def schema_check(document: Mapping[str, Any], endpoint: str) -> Check:
    """A check that the body follows the OpenAPI document's schema of GET endpoint, 200.

    Raises PreparationError when the document describes no such answer.
    """
    try:
        media = document["paths"][endpoint]["get"]["responses"]["200"]["content"]["application/json"]
        schema = {**media["schema"], "components": document["components"]}
    except (KeyError, TypeError) as error:
        raise PreparationError(f"The service's OpenAPI document does not describe GET {endpoint}.") from error
    if not media["schema"]:
        raise PreparationError(f"The service's OpenAPI document gives no schema for GET {endpoint}.")
    # The first judges an answer some fifty times faster, the second names the fault that matters most.
    quick, validator = jsonschema_rs.Draft202012Validator(schema), Draft202012Validator(schema)

    def follows_schema(request: Request, body: Any) -> str | None:
        try:
            fault = None if quick.is_valid(body) else best_match(validator.iter_errors(body))
        except UnicodeEncodeError:  # half of a surrogate pair
            fault = best_match(validator.iter_errors(body))
        return None if fault is None else f"not as its schema says at {fault.json_path} ({fault.validator})"

    return follows_schema


BESIDE_INVENTORY = (
    "left_out_phases_of_terminal_orders",
    "left_out_phases_of_stale_orders",
    "unclosed_phases_of_completed_orders",
)
"""Totals of phases without an end that are not work in process."""


def truth_checks(truth: Truth, cursor_places: Mapping[str, int]) -> dict[str, Check]:
    """The check of the body for each endpoint.

    cursor_places: number of orders before the page of each cursor.
    """
    return {
        "/api/prodplan/orders": partial(_orders, truth, cursor_places),
        "/api/prodplan/orders/{work_order_id}": partial(_detail, truth),
        "/api/prodplan/schedule/current": partial(_schedule, truth),
        "/api/kpis/overview": partial(_overview, truth),
        "/api/smartinventory/wip": partial(_inventory, truth),
        "/api/quality/overview": partial(_quality, truth),
    }


def _orders(truth: Truth, cursor_places: Mapping[str, int], request: Request, body: Any) -> str | None:
    query = request.query
    place = cursor_places[query["cursor"]] if "cursor" in query else 0
    expected = [
        order.work_order_id
        for order in truth.orders[place:]
        if ("status" not in query or order.is_open == (query["status"] == "OPEN"))
        and ("product" not in query or str(order.product_id) == query["product"])
    ]
    limit = int(query.get("limit", DEFAULT_PAGE))
    if [order["work_order_id"] for order in body["orders"]] != expected[:limit]:
        return f"not the {len(expected[:limit])} orders from place {place}"
    return None if (body["next_cursor"] is None) == (len(expected) <= limit) else "next_cursor"


def _detail(truth: Truth, request: Request, body: Any) -> str | None:
    asked = int(request.values["work_order_id"])
    if body["work_order_id"] != asked:
        return f"another order than {asked}"
    if len(body["phases"]) != truth.phases_by_order[asked]:
        return f"{len(body['phases'])} phases, the run has {truth.phases_by_order[asked]}"
    return None


def _schedule(truth: Truth, request: Request, body: Any) -> str | None:
    for name, total in body["totals"].items():
        if sum(phase[name] for phase in body["phases"]) != total:
            return f"{name} is not the sum of the phases"
    return compared({"phases without end": (sum(body["totals"].values()), truth.facts["open_order_phases"])})


def _overview(truth: Truth, request: Request, body: Any) -> str | None:
    facts = truth.facts
    return compared(
        {
            "orders": (body["orders"], facts["work_orders"]),
            "open_orders": (body["open_orders"], facts["open_work_orders"]),
            "order_phases": (body["order_phases"], facts["order_phases"]),
            "quality_errors": (body["quality_errors"], facts["quality_errors"]),
        }
    )


def _inventory(truth: Truth, request: Request, body: Any) -> str | None:
    totals = body["totals"]
    unended = totals["open_phases"] + sum(totals[name] for name in BESIDE_INVENTORY)
    return compared(
        {
            "open_orders": (body["standing"]["open_orders"], truth.facts["open_work_orders"]),
            "orders that count": (totals["open_orders"], body["standing"]["production_orders"]),
            "open_phases": (sum(phase["open_phases"] for phase in body["phases"]), totals["open_phases"]),
            "phases without end": (unended, truth.facts["open_order_phases"]),
        }
    )


def _quality(truth: Truth, request: Request, body: Any) -> str | None:
    errors = truth.facts["quality_errors"]
    by_phase = sum(phase["errors"] for phase in body["by_evaluation_phase"])
    return compared({"errors": (body["errors"], errors), "errors by phase": (by_phase, errors)})


def run_check(run_id: int) -> Check:
    """A check that the body is of this run."""

    def of_run(request: Request, body: Any) -> str | None:
        return None if body["run_id"] == run_id else f"of run {body['run_id']}, not {run_id}"

    return of_run


def compared(figures: Mapping[str, tuple[int, int]]) -> str | None:
    """The first figure that differs, in words; None if all agree.

    figures: by name, (answered, expected).
    """
    for name, (answered, true) in figures.items():
        if answered != true:
            return f"{name} is {answered}, the run has {true}"
    return None
