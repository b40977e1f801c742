"""Gated routes open and close with the data, give the reason, and are closed while the gates are unknown."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from app.features.gate_declaration import gate_named, load_gates
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory
from tests.integration.api.gating.guarded import GUARDED, gate_in

NAMED = (
    "/api/prodplan/orders",
    "/api/prodplan/orders/1",
    "/api/prodplan/routes/1",
    "/api/kpis/by-product",
    "/api/quality/by-product",
    "/api/quality/pareto/by-product",
    "/api/quality/risk",
)


@pytest.mark.parametrize(
    ("gate", "closed", "degraded", "opened"),
    [
        ("employee_productivity", 89, None, 90),
        ("error_attribution", 49, 89, 90),
        ("standard_route", 79, 94, 95),
    ],
)
def test_guarded_route_follows_the_data_across_each_threshold(
    fresh: Factory, gate: str, closed: int, degraded: int | None, opened: int
) -> None:
    gates_file = fresh.folder / "FEATURE_GATES.json"
    with fresh.api(gates_file) as client:
        for present, status, said in ((closed, 409, None), (degraded, 200, "DEGRADED"), (opened, 200, None)):
            if present is None:
                continue
            fresh.ingest(workbooks.matched(gate, present, 100), f"{present}.xlsx", gates_file=gates_file)
            answer = client.get(GUARDED[gate])
            assert answer.status_code == status, (present, answer.text)
            if status == 200:
                entry = gate_in(answer.json(), gate)
                assert (entry and entry["status"]) == said
        fresh.ingest(workbooks.matched(gate, closed - 1, 100), "worse.xlsx", gates_file=gates_file)
        assert client.get(GUARDED[gate]).status_code == 409


def test_closed_route_says_why_and_what_to_do_and_nothing_else(fresh: Factory) -> None:
    fresh.ingest(workbooks.matched("employee_productivity", 32, 100))
    with fresh.api() as client:
        answer = client.get("/api/kpis/by-employee")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "code": "NOT_SUPPORTED_BY_DATA",
        "detail": "The data does not support employee_productivity: too few references find their target.",
        "instance": "/api/kpis/by-employee",
        "gate": "employee_productivity",
        "relationship": "FuncionarioFaseOf_FaseOfId → FaseOf_Id",
        "over": "rows",
        "match_rate": 0.32,
        "matched": 32,
        "referencing": 100,
        "threshold": 0.9,
        "enabled_at": 0.9,
        "reason": "MATCH_RATE",
        "remedy": gate_named("employee_productivity").remedy,
    }


@pytest.mark.parametrize(("present", "status"), [(94, "DEGRADED"), (95, None)])
def test_answers_with_product_names_say_that_the_join_is_degraded(
    fresh: Factory, present: int, status: str | None
) -> None:
    fresh.ingest(workbooks.matched("produto_join", present, 100) | {"FasesStandardModelos": [[1, 1, 1, 1, 0]]})
    with fresh.api() as client:
        for path in NAMED:
            body = client.get(path).json()
            entry = gate_in(body, "produto_join")
            assert (entry and entry["status"]) == status, path
            assert body.get("product_name", "K1") == "K1"
        limits = client.get("/api/kpis/overview").json()["data_quality"]
        metrics = client.get("/metrics").text
    assert [(entry["code"], entry["sheet"]) for entry in limits] == [
        ("OPEN_WORK_MISSING", "FasesOrdemFabrico"),
        ("SHEET_OLDER", "FasesOrdemFabrico"),
        ("ROWS_REFUSED", "FuncionariosFasesAptos"),
    ], "the phases are few and ended, and a third of the qualifications is refused"
    assert 'prodplan_warned_rows{code="SHEET_OLDER",plant="main",sheet="FasesOrdemFabrico"} 20.0' in metrics
    assert 'prodplan_refused_rows{plant="main",sheet="FuncionariosFasesAptos"} 1.0' in metrics


def test_products_are_closed_only_without_a_single_order(fresh: Factory) -> None:
    with fresh.api() as client:
        for rows, status in ((workbooks.catalogues(), 409), (workbooks.matched("produto_join", 1, 100), 200)):
            fresh.ingest(rows, f"{status}.xlsx")
            answers = [client.get(f"/api/{area}/by-product") for area in ("kpis", "quality")]
            assert [answer.status_code for answer in answers] == [status, status]
            risk = client.get("/api/quality/risk").json()
            assert (risk["products"], risk["products_total"]) == ((None, None) if status == 409 else ([], 0))


def test_consumption_is_closed_for_want_of_sheets_and_says_so(client: httpx.Client) -> None:
    answer = client.get("/api/smartinventory/consumption_estimate")
    body = answer.json()
    assert (answer.status_code, body["code"], body["reason"]) == (409, "NOT_SUPPORTED_BY_DATA", "NOT_IN_WORKBOOK")
    assert body["missing"] and all(text in body["detail"] for text in body["missing"])
    assert client.get(body["instead"]).status_code == 200
    for accepted in ("application/problem+json", "application/json", "application/*", "text/html, */*;q=0.1"):
        refused = client.get("/api/smartinventory/consumption_estimate", headers={"Accept": accepted})
        assert (refused.status_code, refused.headers["content-type"]) == (409, "application/problem+json")
    assert client.get("/api/smartinventory/consumption_estimate?run_id=999").status_code == 404
    assert client.get("/api/smartinventory/consumption_estimate?phase=1").status_code == 422


def test_gates_in_the_database_that_no_longer_follow_from_the_declaration_are_closed(fresh: Factory) -> None:
    fresh.ingest(workbooks.matched("standard_route", 79, 100))
    engine = sa.create_engine(fresh.url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE audit.feature_gates SET status = 'ENABLED' WHERE gate = 'standard_route'"))
    engine.dispose()
    with fresh.api() as client:
        assert client.get(GUARDED["standard_route"]).json()["reason"] == "GATES_UNAVAILABLE"


RELIANCE = {
    "employee_productivity": r"core\.(employee_work|phase_assignments)",
    "produto_join": r"core\.products",
    "error_attribution": r"role = 'CULPRIT'|order_phase_id = (\w+\.)?culprit_order_phase_id",
    "standard_route": r"core\.standard_routes",
}
"""Names without which no statement reads a guarded relationship."""

AS_EXPORTED = {
    f"{path}{form}" for path in ("/api/changes", "/api/catalogue/products") for form in ("", ".csv", ".xlsx")
}
"""Routes that show rows as they were exported, and follow no reference from one to another."""
WITHOUT_A_BODY = {"/metrics"}
"""Text that cannot name a gate; it estimates late orders only while the gate is open."""


def answer_of(client: httpx.Client, path: str, item: dict[str, Any], numbers: dict[str, int]) -> httpx.Response:
    """The answer of a route; a second request has the parameters with which the route reads more tables."""
    address = path.format_map(numbers)
    if "get" not in item:
        body = {"scenario_ids": [numbers["scenario_id"]]} if path.startswith("/api/whatif/compare") else {}
        answer = client.post(address, json=body)
    else:
        answer = client.get(address)
        parameters = {one["name"] for one in item["get"].get("parameters", [])}
        for name, value in {"from": "2024-03-01", "sort": "slack"}.items():
            if name in parameters:
                assert client.get(address, params={name: value}).status_code == answer.status_code, path
    assert answer.status_code in (200, 409), (path, answer.text)
    return answer


def test_each_route_declares_the_gates_of_what_it_reads(client: httpx.Client) -> None:
    document = client.get("/api/openapi.json").json()
    declared = {
        path: set(operation.get("x-feature-gates", []))
        for path, item in document["paths"].items()
        for operation in item.values()
    }
    order = client.get("/api/prodplan/orders", params={"limit": 1}).json()["orders"][0]["work_order_id"]
    kept = client.post("/api/whatif/scenarios", json={"name": "gates", "scenario": {}}).json()["scenario_id"]
    numbers = {"product_id": 1, "work_order_id": order, "run_id": 1, "scenario_id": kept}
    statements: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *rest: Any) -> None:
        statements.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        for path, gates in declared.items():
            statements.clear()
            item = document["paths"][path]
            if "get" not in item and "202" in item["post"]["responses"]:
                assert not gates, f"{path} queues a request and reads no figure"
                continue
            answer = answer_of(client, path, item, numbers)
            asked = " ".join(statements)
            if path in AS_EXPORTED | WITHOUT_A_BODY:
                continue
            relied = {gate for gate, pattern in RELIANCE.items() if re.search(pattern, asked)}
            assert relied <= gates, path
            assert answer.status_code == 409 or relied == gates, path
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
        client.delete(f"/api/whatif/scenarios/{kept}")
    for gate in load_gates():
        for path in gate.guards:
            assert gate.name in declared[path]
            assert "409" in document["paths"][path]["get"]["responses"]
