"""Data routes answer for a kept run as they did while that run was live; 410 when it is gone, 404 when it never
was."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import openpyxl
import pytest

from app.api.http.receiving import XLSX
from app.api.snapshot_reading import api_engine
from app.ingestion.errors import ShrinkRefused
from app.ingestion.runs.retention import retain
from app.planning.snapshot.kept_run import RunGone, kept_run, require_kept
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory, NewFactory

OF_THE_MOMENT = {"data_age_hours", "published_at"}


def routes(client: httpx.Client) -> list[str]:
    """The addresses that read a run."""
    paths = client.get("/api/openapi.json").json()["paths"]
    return [path for path, operations in paths.items() if "run_id" in named_in(operations.get("get", {}), "query")]


def named_in(operation: dict[str, Any], place: str) -> list[str]:
    return [one["name"] for one in operation.get("parameters", ()) if one["in"] == place]


def answer_to(client: httpx.Client, path: str, order: int, **asked: Any) -> Any:
    address = path.replace("{work_order_id}", str(order)).replace("{product_id}", "1")
    answer = client.get(address, params=asked)
    if answer.headers["content-type"].startswith("text/csv"):
        return answer.text
    if answer.headers["content-type"] == XLSX:
        sheets = openpyxl.load_workbook(io.BytesIO(answer.content)).worksheets
        rows = [row for sheet in sheets for row in sheet.iter_rows(values_only=True)]
        return [row for row in rows if row[0] not in OF_THE_MOMENT]
    return {name: value for name, value in answer.json().items() if name not in OF_THE_MOMENT}


@dataclass(frozen=True)
class Kept:
    """A factory whose first run is kept and whose second is live; answers: those of each address while the first was
    live."""

    factory: Factory
    client: httpx.Client
    runs: tuple[int, int]
    answers: dict[str, Any]
    order: int
    cursor: str


@pytest.fixture(scope="module")
def kept(new_factory: NewFactory) -> Iterator[Kept]:
    with new_factory() as factory, factory.api(rate_download="1000000/second") as client:
        first = factory.ingest(workbooks.factory(1), "one.xlsx").run_id
        page = client.get("/api/prodplan/orders", params={"limit": 2}).json()
        order = page["orders"][0]["work_order_id"]
        answers = {path: answer_to(client, path, order) for path in routes(client)}
        second = factory.ingest(workbooks.unmatched(2), "two.xlsx").run_id
        yield Kept(factory, client, (first, second), answers, order, page["next_cursor"])


def test_every_data_route_takes_a_run(kept: Kept) -> None:
    paths = kept.client.get("/api/openapi.json").json()["paths"]
    areas = ("prodplan", "kpis", "quality", "smartinventory")
    wanted = {path for path in paths if path.removeprefix("/api/").partition("/")[0] in areas}
    assert wanted | {"/api/feature-gates"} <= set(kept.answers)
    assert named_in(paths["/api/whatif/simulate"]["post"], "query") == ["run_id"]


def test_kept_run_answers_as_while_it_was_live(kept: Kept) -> None:
    first, second = kept.runs
    for path, before in kept.answers.items():
        assert answer_to(kept.client, path, kept.order, run_id=first) == before, path
        now = answer_to(kept.client, path, kept.order)
        # The two exports have the same catalogues; JSON names its run beside them.
        assert now != before or path.startswith("/api/catalogue/"), path
        assert answer_to(kept.client, path, kept.order, run_id=second) == now, path


def test_answer_about_a_kept_run_has_its_own_tag(kept: Kept) -> None:
    address = "/api/kpis/overview"
    tags = {kept.client.get(address, params={"run_id": run}).headers["etag"] for run in kept.runs}
    assert len(tags) == 2
    again = kept.client.get(address, params={"run_id": kept.runs[0]}, headers={"If-None-Match": ", ".join(tags)})
    assert again.status_code == 304


def test_pages_of_a_kept_run_go_on(kept: Kept) -> None:
    found = kept.client.get("/api/prodplan/orders", params={"cursor": kept.cursor, "run_id": kept.runs[0]})
    assert (found.status_code, found.json()["run_id"]) == (200, kept.runs[0])
    assert kept.client.get("/api/prodplan/orders", params={"cursor": kept.cursor}).json()["code"] == "CURSOR_EXPIRED"


def test_simulation_of_a_kept_run(kept: Kept) -> None:
    body = kept.client.post("/api/whatif/simulate", params={"run_id": kept.runs[0]}, json={}).json()
    assert body["run_id"] == kept.runs[0]
    assert kept.client.post("/api/whatif/simulate", json={}).json()["run_id"] == kept.runs[1]


def test_gates_of_a_kept_run_are_its_own_also_beside_a_file_of_the_live_one(fresh: Factory) -> None:
    gates_file = fresh.folder / "FEATURE_GATES.json"
    first = fresh.ingest(workbooks.factory(1), "one.xlsx", gates_file=gates_file).run_id
    fresh.ingest(workbooks.unmatched(2), "two.xlsx", gates_file=gates_file)
    with fresh.api(gates_file) as client:
        path = "/api/kpis/by-employee"
        assert client.get(path).status_code == 409
        assert client.get(path, params={"run_id": first}).status_code == 200
        gates_file.unlink()
        assert client.get(path, params={"run_id": first}).json()["reason"] == "GATES_UNAVAILABLE"


def test_list_of_kept_runs(kept: Kept) -> None:
    body = kept.client.get("/api/runs").json()
    assert [(run["run_id"], run["is_live"]) for run in body["runs"]] == [(kept.runs[1], True), (kept.runs[0], False)]
    live = body["runs"][0]
    assert {name: live[name] for name in ("workbook_name", "published_at", "as_of")} == {
        name: body[name] for name in ("workbook_name", "published_at", "as_of")
    }
    before = kept.client.get("/api/kpis/overview", params={"run_id": kept.runs[0]}).json()
    assert (body["runs"][1]["work_orders"], body["runs"][1]["open_work_orders"]) == (
        before["orders"],
        before["open_orders"],
    )


def test_run_that_is_gone_and_run_that_never_was(fresh: Factory) -> None:
    first, second, third = (fresh.ingest(workbooks.factory(seed), f"{seed}.xlsx").run_id for seed in (1, 2, 3))
    refused = third + 1
    with fresh.api() as client, api_engine(fresh.url, fresh.roles).connect() as connection:
        reading = kept_run(connection, "main", first)
        assert (reading.run_id, reading.is_live) == (first, False)
        connection.rollback()
        retain(fresh.url, roles=fresh.roles, keep=1)
        with pytest.raises(RunGone):
            require_kept(connection, first)
        with pytest.raises(ShrinkRefused):
            fresh.ingest(workbooks.catalogues(), "empty.xlsx", allow_shrink=False)
        connection.rollback()
        for path in ("/api/kpis/overview", "/api/prodplan/orders.csv", "/api/feature-gates"):
            answers = {run: client.get(path, params={"run_id": run}) for run in (first, second, third, refused, 99)}
            assert [one.status_code for one in answers.values()] == [410, 200, 200, 404, 404], path
            assert [answers[run].json()["code"] for run in (first, refused, 99)] == [
                "RUN_GONE",
                "RUN_NOT_FOUND",
                "RUN_NOT_FOUND",
            ]
            assert client.get(path, params={"run_id": "0"}).status_code == 422
        assert [run["run_id"] for run in client.get("/api/runs").json()["runs"]] == [third, second]
