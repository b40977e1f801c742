"""The files of an answer hold what its JSON holds: every entry, in the same order, as CSV and as a workbook."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import openpyxl
import pytest

from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory
from tests.integration.api.file_rows import (
    Row,
    Rows,
    listed,
    nested,
    of_backlog,
    of_kinds,
    of_load,
    of_people,
    of_promise,
    of_skills,
    written,
)

AREAS = ("prodplan", "kpis", "quality", "smartinventory", "catalogue", "whatif")
WITHOUT = {
    "/api/prodplan/orders/{work_order_id}": "its list is that of its phases",
    "/api/quality/overview": "its lists have routes of their own",
    "/api/prodplan/routes/{product_id}": "it is short",
    "/api/whatif/scenarios": "it is short",
    "/api/whatif/scenarios/{scenario_id}/simulate": "the file is that of its scenario",
}
"""Answers with a list that have no file, and why."""
SCENARIO = {
    "include": "terminal,stale",
    "breakdowns": [
        {"phase_id": phase, "starts_at": "2024-09-01T00:00", "ends_at": "2024-10-01T00:00"} for phase in range(1, 9)
    ],
}
"""A month without work: every order of the factory's ends later."""


@dataclass(frozen=True)
class Case:
    """rows: of a JSON answer. body: of a POST. is_part: the answer has a part of the rows alone."""

    query: str
    rows: Callable[[Row], Rows]
    body: Any = None
    is_part: bool = False


OPEN = "include=terminal,stale"
PHASE = ("phase_id", "phase_name")
CASES = {
    "/api/prodplan/orders": Case("sort=slack&status=OPEN", listed("orders")),
    "/api/prodplan/orders/{work_order_id}/phases": Case("", listed("phases")),
    "/api/prodplan/orders/{work_order_id}/errors": Case("", listed("errors")),
    "/api/prodplan/orders/{work_order_id}/people": Case("", of_people),
    "/api/prodplan/load": Case("weeks=3&include=stale", of_load),
    "/api/prodplan/wip_age": Case("include=stale", nested("phases", "ages", *PHASE)),
    "/api/prodplan/risk_queue": Case(f"{OPEN}&from=2024-01-01", listed("orders")),
    "/api/prodplan/dispatch": Case(OPEN, nested("phases", "entries", *PHASE)),
    "/api/prodplan/schedule/current": Case(OPEN, listed("phases")),
    "/api/prodplan/bottlenecks": Case(OPEN, listed("phases")),
    "/api/prodplan/backlog": Case(OPEN, of_backlog),
    "/api/prodplan/promise/{product_id}": Case("orders=2", of_promise),
    "/api/kpis/by-phase": Case("", listed("phases")),
    "/api/kpis/by-product": Case("", listed("products")),
    "/api/kpis/by-employee": Case("", listed("employees")),
    "/api/kpis/trend": Case("group_by=week", listed("parts")),
    "/api/kpis/lead-times": Case("", of_kinds(all="overall", range="histogram", product="by_product")),
    "/api/kpis/schedule-adherence": Case("", listed("phases")),
    "/api/kpis/by-run": Case("", listed("runs")),
    "/api/quality/pareto": Case("", listed("descriptions")),
    "/api/quality/pareto/by-phase": Case("", nested("phases", "descriptions", *PHASE)),
    "/api/quality/pareto/by-product": Case("", nested("products", "descriptions", "product_id", "product_name")),
    "/api/quality/checklist": Case("phase=8", listed("lines")),
    "/api/quality/first-pass-yield": Case("from=2024-01-01", listed("phases")),
    "/api/quality/by-phase": Case("", listed("phases")),
    "/api/quality/by-product": Case("", listed("products")),
    "/api/quality/risk": Case("minimum_population=1", of_kinds(phase="phases", product="products")),
    "/api/quality/by-culprit-phase": Case("", listed("by_culprit_phase")),
    "/api/quality/culprit-matrix": Case("", listed("cells")),
    "/api/smartinventory/wip": Case(OPEN, listed("phases")),
    "/api/smartinventory/wip_mass": Case(OPEN, listed("phases")),
    "/api/smartinventory/gelcoat_theoretical_usage": Case(OPEN, listed("products")),
    "/api/catalogue/phases": Case("", listed("catalogue")),
    "/api/catalogue/products": Case("", listed("catalogue")),
    "/api/catalogue/employees": Case("", listed("catalogue")),
    "/api/catalogue/skills": Case("", of_skills),
    "/api/whatif/simulate": Case("", listed("most_affected_orders"), SCENARIO, is_part=True),
    "/api/whatif/schedule": Case("phase=1", listed("executions"), SCENARIO),
    "/api/whatif/compare": Case("", listed("scenarios", both=True), {"scenario_ids": [1]}),
}
FILED = [*CASES]


def number_or_text(cell: Any) -> Any:
    """A cell of a CSV, or of JSON, as both write it: 3.0 and 3 are the same number."""
    if cell is None or isinstance(cell, bool):
        return "" if cell is None else str(cell)
    try:
        return float(cell)
    except ValueError:
        return re.sub("Z$", "+00:00", cell)


def alike(cell: Any) -> Any:
    """A cell of a workbook, or of JSON, as both have it."""
    text = cell.isoformat() if hasattr(cell, "isoformat") else cell
    return re.sub("T00:00:00$", "", re.sub("Z$", "+00:00", text)) or None if isinstance(text, str) else text


@pytest.fixture(scope="module")
def places(client: httpx.Client) -> Iterator[dict[str, str]]:
    """Values for the numbers in addresses: an order with errors, a product with a route, a kept scenario."""
    orders = [one["work_order_id"] for one in client.get("/api/prodplan/orders?limit=500").json()["orders"]]
    order = max(orders, key=lambda one: client.get(f"/api/prodplan/orders/{one}").json()["quality_errors"])
    kept = client.post("/api/whatif/scenarios", json={"name": "files", "scenario": SCENARIO}).json()["scenario_id"]
    yield {"work_order_id": str(order), "product_id": "1", "scenario_id": str(kept)}
    client.delete(f"/api/whatif/scenarios/{kept}")


@dataclass(frozen=True)
class Asked:
    """An address without its form, what it is asked with, and the rows of the JSON answer."""

    path: str
    case: Case
    body: Any
    rows: Rows

    def file(self, client: httpx.Client, form: str) -> httpx.Response:
        query = f"?{self.case.query}" if self.case.query else ""
        answer = sent(client, f"{self.path}.{form}{query}", self.body)
        assert answer.status_code == 200, answer.text
        return answer

    def agree(self, found: Rows, same: Callable[[Any], Any]) -> None:
        """Compare rows of a file with those of the JSON answer."""
        expected = [{name: same(cell) for name, cell in row.items()} for row in self.rows]
        columns = list(found[0])
        assert {name for row in expected for name in row} == set(columns)
        whole = [{name: row.get(name, same(None)) for name in columns} for row in expected]
        if self.case.is_part:
            numbers = {row["work_order_id"] for row in whole}
            assert len(found) >= len(whole)
            found = [row for row in found if row["work_order_id"] in numbers]
            whole = sorted(whole, key=lambda row: row["work_order_id"])
        assert found == [
            {name: pytest.approx(cell) if isinstance(cell, float) else cell for name, cell in row.items()}
            for row in whole
        ]


def sent(client: httpx.Client, address: str, body: Any) -> httpx.Response:
    return client.get(address) if body is None else client.post(address, json=body)


@pytest.fixture(params=CASES)
def asked(request: pytest.FixtureRequest, client: httpx.Client, places: dict[str, str]) -> Asked:
    case, path = CASES[request.param], request.param.format_map(places)
    body = {"scenario_ids": [int(places["scenario_id"])]} if path == "/api/whatif/compare" else case.body
    answer = sent(client, f"{path}?limit=500&{case.query}", body)
    if answer.status_code == 422:  # it has no pages
        answer = sent(client, f"{path}?{case.query}", body)
    assert answer.status_code == 200, answer.text
    rows = case.rows(answer.json())
    assert rows, "an empty answer compares nothing"
    return Asked(path, case, body, rows)


def test_every_answer_with_a_list_has_its_files(client: httpx.Client) -> None:
    document = client.get("/api/openapi.json").json()
    lists = set()
    for path, item in document["paths"].items():
        if path.removeprefix("/api/").partition("/")[0] not in AREAS:
            continue
        for operation in item.values():
            content = operation["responses"].get("200", {}).get("content", {})
            named = content.get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
            model = document["components"]["schemas"].get(named, {})
            if any(is_list(one) for one in model.get("properties", {}).items()):
                lists.add(path)
    assert lists == set(CASES) | set(WITHOUT)
    assert {f"{path}.{form}" for path in CASES for form in ("csv", "xlsx")} <= set(document["paths"])


def is_list(member: tuple[str, Any]) -> bool:
    name, schema = member
    kinds = schema.get("anyOf", [schema])
    return name != "data_quality" and any("$ref" in one.get("items", {}) for one in kinds)


def test_csv_has_every_entry_of_the_answer(client: httpx.Client, asked: Asked) -> None:
    answer = asked.file(client, "csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    found = written(answer.text)
    asked.agree([{name: number_or_text(cell) for name, cell in row.items()} for row in found], number_or_text)


def test_workbook_has_every_entry_and_names_its_export(client: httpx.Client, asked: Asked) -> None:
    answer = asked.file(client, "xlsx")
    run_id = client.get("/api/kpis/overview").json()["run_id"]
    assert answer.headers["content-disposition"].endswith(f'_{run_id}.xlsx"')
    table, export = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets
    head, *lines = table.iter_rows(values_only=True)
    asked.agree([dict(zip(head, map(alike, line), strict=True)) for line in lines], alike)
    about: dict[Any, Any] = dict(export.iter_rows(values_only=True, max_col=2))
    assert (about["run_id"], about["plant"], about["workbook_name"]) == (run_id, "main", "workbook.xlsx")


def test_a_run_that_is_kept_has_its_files_too(client: httpx.Client) -> None:
    runs = client.get("/api/runs").json()["runs"]
    earlier = next(one["run_id"] for one in runs if not one["is_live"])
    path = "/api/prodplan/risk_queue"
    body = client.get(f"{path}?limit=500&run_id={earlier}").json()
    answer = client.get(f"{path}.csv?run_id={earlier}")
    assert answer.headers["content-disposition"] == f'attachment; filename="risk_queue_{earlier}.csv"'
    numbers = [row["work_order_id"] for row in written(answer.text)]
    assert numbers == [str(order["work_order_id"]) for order in body["orders"]] != []


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_closed_gate_closes_the_files_too(fresh: Factory, form: str) -> None:
    fresh.ingest(workbooks.unmatched(seed=7))
    with fresh.api() as client:
        order = client.get("/api/prodplan/orders?limit=1").json()["orders"][0]["work_order_id"]
        for path in (
            "/api/kpis/by-employee",
            "/api/quality/by-culprit-phase",
            "/api/quality/culprit-matrix",
            f"/api/prodplan/orders/{order}/people",
            "/api/prodplan/promise/1",
        ):
            answers = [client.get(path), client.get(f"{path}.{form}")]
            assert [answer.status_code for answer in answers] == [409, 409], path
            told = [{name: one for name, one in answer.json().items() if name != "instance"} for answer in answers]
            assert told[0] == told[1]
        assert "DISABLED" in str(client.get("/api/prodplan/risk_queue").json()["data_quality"])
        book = client.get("/api/prodplan/risk_queue.xlsx")
        (_, export) = openpyxl.load_workbook(io.BytesIO(book.content)).worksheets
        assert "standard_route DISABLED" in [row[0] for row in export.iter_rows(values_only=True)]
