"""The checks of the answers: each lie about the run is found, the truth passes."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from app.performance.errors import PreparationError
from app.performance.load.answer_checking import run_check, schema_check, truth_checks
from app.performance.load.timetable import Request
from app.performance.load.truth import ListedOrder, Truth, spread
from app.performance.slo.row_bound import FACTS
from app.performance.slo.slo_declaration import load_slos

ORDERS = tuple(ListedOrder(200 - number, number % 3 == 0, number % 7) for number in range(120))
TRUTH = Truth(
    run_id=4,
    excel_sha256="0" * 64,
    facts=dict(zip(FACTS, (120, 40, 900, 60, 30, 77), strict=True)),
    orders=ORDERS,
    phases_by_order={200: 2, 150: 0},
)
CHECKS = truth_checks(TRUTH, {"CURSOR": 100})
LIST, DETAIL = "/api/prodplan/orders", "/api/prodplan/orders/{work_order_id}"


def page(ids: list[int], next_cursor: str | None = "N") -> dict[str, Any]:
    return {"orders": [{"work_order_id": number} for number in ids], "next_cursor": next_cursor}


def listed(path: str, body: Any) -> str | None:
    return CHECKS[LIST](Request("orders-list", path, {}), body)


def ids_where(holds: Callable[[ListedOrder], bool]) -> list[int]:
    return [order.work_order_id for order in ORDERS if holds(order)]


def test_every_declared_endpoint_has_a_check_of_its_own() -> None:
    assert {slo.endpoint for slo in load_slos()} == set(CHECKS)


@pytest.mark.parametrize(
    ("query", "expected", "next_cursor"),
    [
        ("", ids_where(lambda order: True)[:50], "N"),
        ("?limit=200", ids_where(lambda order: True), None),
        ("?limit=100&cursor=CURSOR", ids_where(lambda order: True)[100:], None),
        ("?limit=5&cursor=CURSOR", ids_where(lambda order: True)[100:105], "N"),
        ("?status=OPEN", ids_where(lambda order: order.is_open), None),
        ("?status=COMPLETED", ids_where(lambda order: not order.is_open)[:50], "N"),
        ("?product=3", ids_where(lambda order: order.product_id == 3), None),
        ("?product=99", [], None),
    ],
)
def test_list_must_be_the_page_asked_for(query: str, expected: list[int], next_cursor: str | None) -> None:
    path, other = f"{LIST}{query}", None if next_cursor else "N"
    assert listed(path, page(expected, next_cursor)) is None
    assert listed(path, page([*expected[:-1], 999], next_cursor)) is not None
    assert listed(path, page(expected[1:] or [1], next_cursor)) is not None
    assert listed(path, page([*reversed(expected)] if len(expected) > 1 else [7], next_cursor)) is not None
    assert listed(path, page(expected, other)) is not None


def test_detail_must_be_the_order_asked_for_with_all_its_phases() -> None:
    def detail(asked: int, body: Any) -> str | None:
        return CHECKS[DETAIL](Request("order-detail", f"{LIST}/{asked}", {"work_order_id": str(asked)}), body)

    assert detail(200, {"work_order_id": 200, "phases": [1, 2]}) is None
    assert detail(150, {"work_order_id": 150, "phases": []}) is None
    assert detail(200, {"work_order_id": 150, "phases": [1, 2]}) is not None
    assert detail(200, {"work_order_id": 200, "phases": []}) is not None
    assert detail(200, {"work_order_id": 200, "phases": [1, 2, 3]}) is not None


TRUE_FIGURES: dict[str, dict[str, Any]] = {
    "/api/prodplan/schedule/current": {
        "totals": {"in_process": 10, "unclosed": 50},
        "phases": [{"in_process": 4, "unclosed": 30}, {"in_process": 6, "unclosed": 20}],
    },
    "/api/kpis/overview": {"orders": 120, "open_orders": 40, "order_phases": 900, "quality_errors": 77},
    "/api/smartinventory/wip": {
        "standing": {"open_orders": 40, "production_orders": 30},
        "totals": {
            "open_orders": 30,
            "open_phases": 15,
            "left_out_phases_of_terminal_orders": 7,
            "left_out_phases_of_stale_orders": 3,
            "unclosed_phases_of_completed_orders": 35,
        },
        "phases": [{"open_phases": 5}, {"open_phases": 10}],
    },
    "/api/quality/overview": {"errors": 77, "by_evaluation_phase": [{"errors": 70}, {"errors": 7}]},
}


def numbers_in(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The place of every number in a body."""
    if isinstance(value, dict):
        return [found for name, member in value.items() for found in numbers_in(member, (*place, name))]
    if isinstance(value, list):
        return [found for number, member in enumerate(value) for found in numbers_in(member, (*place, number))]
    return [place]


@pytest.mark.parametrize(
    ("endpoint", "place"), [(endpoint, place) for endpoint, body in TRUE_FIGURES.items() for place in numbers_in(body)]
)
def test_any_figure_off_by_one_is_found(endpoint: str, place: tuple[Any, ...]) -> None:
    request, body = Request("slo", endpoint, {}), copy.deepcopy(TRUE_FIGURES[endpoint])
    assert CHECKS[endpoint](request, body) is None
    *way, last = place
    holder: Any = body
    for step in way:
        holder = holder[step]
    holder[last] += 1
    assert CHECKS[endpoint](request, body) is not None


def test_an_answer_of_another_run_is_found() -> None:
    request = Request("slo", "/", {})
    assert run_check(4)(request, {"run_id": 4}) is None
    assert run_check(4)(request, {"run_id": 3}) is not None


OPENAPI: dict[str, Any] = {
    "paths": {
        "/things": {
            "get": {
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}
                }
            }
        }
    },
    "components": {
        "schemas": {"Thing": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}}
    },
}


def test_body_must_follow_the_described_schema() -> None:
    check = schema_check(OPENAPI, "/things")
    assert check(Request("slo", "/things", {}), {"n": 1}) is None
    bodies: list[object] = [{"n": "1"}, {}, [], {"n": None}]
    for wrong in bodies:
        assert check(Request("slo", "/things", {}), wrong) is not None


@pytest.mark.parametrize("document", [{}, {"paths": {}, "components": {}}, {"paths": None}])
def test_an_endpoint_without_a_described_answer_cannot_be_measured(document: dict[str, Any]) -> None:
    with pytest.raises(PreparationError):
        schema_check(document, "/things")


def test_an_empty_schema_describes_nothing() -> None:
    document = copy.deepcopy(OPENAPI)
    document["paths"]["/things"]["get"]["responses"]["200"]["content"]["application/json"]["schema"] = {}
    with pytest.raises(PreparationError):
        schema_check(document, "/things")


@pytest.mark.parametrize("wanted", [2, 3, 7, 119, 120, 500])
def test_orders_to_ask_for_are_spread_over_the_list(wanted: int) -> None:
    chosen = spread(ORDERS, wanted)
    assert len(set(chosen)) == min(wanted, len(ORDERS))
    assert (chosen[0], chosen[-1]) == (ORDERS[0], ORDERS[-1])
    assert list(chosen) == sorted(chosen, key=ORDERS.index)


ONE = {
    "type": "object",
    "required": ["id", "name"],
    "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "minimum": 0},
        "name": {"type": "string", "maxLength": 2, "pattern": "^\\w*$"},
        "share": {"anyOf": [{"type": "number", "maximum": 1}, {"type": "null"}]},
        "kind": {"enum": ["a", "b", 3, None]},
        "at": {"type": "string", "format": "date-time"},
        "below": {"type": "array", "items": {"$ref": "#/components/schemas/One"}, "maxItems": 1},
    },
}
DOCUMENT = {
    "components": {"schemas": {"One": ONE}},
    "paths": {
        "/x": {
            "get": {
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/One"}}}}
                }
            }
        }
    },
}
SOUND: dict[str, Any] = {"id": 1, "name": "n"}


def odd(name: str, *values: Any) -> list[dict[str, Any]]:
    return [{**SOUND, name: value} for value in values]


@pytest.mark.parametrize(
    "body",
    [
        SOUND,
        *odd("id", 0, 1.0, 1.5, -1, 2**70, True, "1", None),
        *odd("name", "", "éé", "\U0001f600\U0001f600", "abc", "a b", "\ud800", 1, None),
        *odd("share", None, 1, 1.0000001, "1", float("inf"), float("nan"), []),
        *odd("kind", "a", "c", 3, 3.0, True, None),
        *odd("at", "2026-01-01T00:00:00Z", "yesterday", 1),
        *odd("below", [], [SOUND], [{"id": 1}], [SOUND, SOUND], {}, [{**SOUND, "x": 1}]),
        *({"id": 1}, {**SOUND, "more": 1}, [], "text", None, 1, True),
    ],
    ids=repr,
)
def test_quick_validator_judges_as_the_one_that_names_the_fault(body: Any) -> None:
    schema = {"$ref": "#/components/schemas/One", "components": DOCUMENT["components"]}
    fault = best_match(Draft202012Validator(schema).iter_errors(body))
    expected = None if fault is None else f"not as its schema says at {fault.json_path} ({fault.validator})"
    assert schema_check(DOCUMENT, "/x")(Request("x", "/x", {}), body) == expected
