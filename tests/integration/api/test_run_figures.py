"""Key figures of each published run are those of its overview, and stay when retention removes its snapshot."""

from __future__ import annotations

from typing import Any

import httpx

from app.ingestion.runs.retention import retain
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory

OF_THE_RUN = {"of_run_id", "first_published_at", "workbook_name"}


def listed(client: httpx.Client, **query: Any) -> list[dict[str, Any]]:
    """The runs of an answer."""
    found: list[dict[str, Any]] = client.get("/api/kpis/by-run", params=query).raise_for_status().json()["runs"]
    return found


def test_figures_of_each_run_are_its_overviews_and_outlive_its_snapshot(fresh: Factory) -> None:
    numbers = [fresh.ingest(workbooks.factory(seed), f"{seed}.xlsx").run_id for seed in (1, 2, 3)]
    with fresh.api() as client:
        runs = listed(client)
        assert [run["of_run_id"] for run in runs] == numbers[::-1]
        for run in runs:
            overview = client.get("/api/kpis/overview", params={"run_id": run["of_run_id"]}).json()
            figures = {name: value for name, value in run.items() if name not in OF_THE_RUN}
            assert figures == {name: overview[name] for name in figures}
            assert run["workbook_name"] == overview["workbook_name"]
        fresh.publish(numbers[0])
        assert [run["of_run_id"] for run in listed(client)] == numbers[:1], "later exports are not of this answer"
        fresh.publish(numbers[2])
        retain(fresh.url, roles=fresh.roles, plant="main", keep=1)
        assert client.get("/api/kpis/overview", params={"run_id": numbers[0]}).status_code == 410
        assert listed(client) == runs
        assert listed(client, limit=1, offset=1) == runs[1:2]
        assert listed(client, offset=3) == []


def test_a_page_that_cannot_be_is_refused(client: httpx.Client) -> None:
    for query in ("limit=0", "limit=501", "limit=", "offset=-1", "limit=1&limit=2", "by=run"):
        assert client.get(f"/api/kpis/by-run?{query}").status_code == 422, query
    assert client.get("/api/kpis/by-run?run_id=999999").json()["code"] == "RUN_NOT_FOUND"
