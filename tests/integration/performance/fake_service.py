"""A service with the six endpoints over thirty orders, which a test makes slow, failing or lying."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app.performance.load.truth import ListedOrder, Truth
from app.performance.slo.row_bound import FACTS
from tests.integration.performance.http_server import Conversation

TRUTH = Truth(
    run_id=4,
    excel_sha256="cd" * 32,
    facts=dict(zip(FACTS, (30, 10, 90, 12, 5, 8), strict=True)),
    orders=tuple(ListedOrder(100 - number, number % 3 == 0, number % 4) for number in range(30)),
    phases_by_order={100 - number: number % 5 for number in range(30)},
)
LIST = "/api/prodplan/orders"
FIGURES: dict[str, Any] = {
    "/api/prodplan/schedule/current": {"totals": {"queued": 12}, "phases": [{"queued": 5}, {"queued": 7}]},
    "/api/kpis/overview": {"orders": 30, "open_orders": 10, "order_phases": 90, "quality_errors": 8},
    "/api/smartinventory/wip": {
        "standing": {"open_orders": 10, "production_orders": 7},
        "totals": {
            "open_orders": 7,
            "open_phases": 3,
            "left_out_phases_of_terminal_orders": 2,
            "left_out_phases_of_stale_orders": 1,
            "unclosed_phases_of_completed_orders": 6,
        },
        "phases": [{"open_phases": 3}],
    },
    "/api/quality/overview": {"errors": 8, "by_evaluation_phase": [{"errors": 8}]},
}


def openapi() -> dict[str, Any]:
    """The service's own description: an object with its run."""
    schema = {"type": "object", "required": ["run_id"], "properties": {"run_id": {"type": "integer"}}}
    answer = {"200": {"content": {"application/json": {"schema": schema}}}}
    paths = [LIST, f"{LIST}/{{work_order_id}}", *FIGURES]
    return {"paths": {path: {"get": {"responses": answer}} for path in paths}, "components": {}}


def true_body(path: str) -> Any:
    """The correct answer of the service; None: nothing is at this path."""
    parts = urlsplit(path)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if parts.path == "/api/openapi.json":
        return openapi()
    if parts.path == LIST:
        chosen = [
            order.work_order_id
            for order in TRUTH.orders
            if ("status" not in query or order.is_open)
            and ("product" not in query or str(order.product_id) == query["product"])
        ]
        return {"run_id": 4, "orders": [{"work_order_id": number} for number in chosen], "next_cursor": None}
    if parts.path.startswith(f"{LIST}/"):
        number = int(parts.path.rpartition("/")[2])
        return {"run_id": 4, "work_order_id": number, "phases": [{}] * TRUTH.phases_by_order[number]}
    return {"run_id": 4, **FIGURES[parts.path]} if parts.path in FIGURES else None


def truthful(conversation: Conversation) -> None:
    """Answer the truth."""
    body = true_body(conversation.path)
    conversation.answer(json.dumps(body).encode(), 404 if body is None else 200)


def except_for(path: str, respond: Callable[[Conversation], None]) -> Callable[[Conversation], None]:
    """Answer the truth, but let `respond` answer what begins with this path."""

    def answer(conversation: Conversation) -> None:
        (respond if conversation.path.startswith(path) else truthful)(conversation)

    return answer


def lying(**changes: Any) -> Callable[[Conversation], None]:
    """Answer the truth with these members changed."""

    def answer(conversation: Conversation) -> None:
        conversation.answer(json.dumps(true_body(conversation.path) | changes).encode())

    return answer
