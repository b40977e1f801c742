"""Prepares a measurement: the requests to send, and the checks of their answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.performance.errors import PreparationError
from app.performance.load.answer_checking import Check, run_check, schema_check, truth_checks
from app.performance.load.connection import Connections, ExchangeFailed
from app.performance.load.timetable import Request, requests_of
from app.performance.load.truth import Truth
from app.performance.slo.slo_declaration import Slo

OPENAPI = "/api/openapi.json"
ORDERS = "/api/prodplan/orders"
WALKED_PAGE = 500
PREPARED_WITHIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Preparation:
    """The distinct requests of each SLO, and the checks that every answer must pass."""

    requests: Mapping[str, tuple[Request, ...]]
    checks: Mapping[str, tuple[Check, ...]]


def prepare(slos: Sequence[Slo], connections: Connections, truth: Truth) -> Preparation:
    """Read the cursors of the list of orders, and fill every SLO's requests.

    Raises PreparationError when the service does not answer, or an SLO's endpoint has no check.
    """
    wants_cursors = any("{order_cursor}" in template for slo in slos for template in slo.requests)
    cursor_places = walk(partial(asked, connections), len(truth.orders)) if wants_cursors else {}
    supply = {
        "work_order_id": [str(number) for number in truth.phases_by_order],
        "product_id": [str(number) for number in truth.product_ids],
        "order_cursor": list(cursor_places),
    }
    document, true_of = asked(connections, OPENAPI), truth_checks(truth, cursor_places)
    checks: dict[str, tuple[Check, ...]] = {}
    for slo in slos:
        if slo.endpoint not in true_of:
            raise PreparationError(f"SLO {slo.name}: nothing checks the answers of {slo.endpoint}.")
        checks[slo.name] = (schema_check(document, slo.endpoint), run_check(truth.run_id), true_of[slo.endpoint])
    return Preparation({slo.name: requests_of(slo, supply) for slo in slos}, checks)


def walk(json_at: Callable[[str], Any], orders: int) -> dict[str, int]:
    """Follow the list in pages of 500; returns each cursor with the number of orders before its page.

    json_at: returns the body at a path. Raises PreparationError when the list goes on for a page beyond the run's
    orders.
    """
    places: dict[str, int] = {}
    cursor = None
    for seen in range(WALKED_PAGE, orders + 2 * WALKED_PAGE, WALKED_PAGE):
        continued = f"&cursor={cursor}" if cursor else ""
        cursor = json_at(f"{ORDERS}?limit={WALKED_PAGE}{continued}")["next_cursor"]
        if cursor is None:
            return places
        places[cursor] = seen
    raise PreparationError(f"The list of orders has no end: a cursor follows the last of {orders} orders.")


def asked(connections: Connections, path: str) -> Any:
    """The JSON object at a path that must answer 200. Raises PreparationError."""
    try:
        answer = connections.get(path, PREPARED_WITHIN_S)
        body = json.loads(answer.body) if answer.status == 200 else None
    except ExchangeFailed as failure:
        raise PreparationError(f"GET {path.partition('?')[0]} got no answer: {failure}.") from failure
    except ValueError as error:
        raise PreparationError(f"GET {path.partition('?')[0]} answered no JSON.") from error
    if not isinstance(body, dict):
        raise PreparationError(f"GET {path.partition('?')[0]} answered {answer.status}, not 200 with a JSON object.")
    return body
