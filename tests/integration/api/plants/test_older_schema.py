"""A plant whose database is left at an earlier revision is refused in words, beside plants that are served."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from app.database.bootstrap import bootstrap
from app.database.revisions.migrate import downgrade, head, revisions
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory, NewFactory
from tests.integration.api.plants.conftest import Serve, entry

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
READ = (
    "kpis/overview",
    "prodplan/orders",
    "prodplan/orders.csv",
    "prodplan/risk",
    "ingestion/runs",
    "ingestion/runs/1",
    "ingestion/runs/1/rejected.csv",
    "feature-gates",
    "ready",
    "changes",
    "whatif/scenarios",
)
SENT = ("ingestion/runs", "ingestion/runs/1/retry", "ingestion/runs/1/publish", "whatif/simulate", "whatif/compare")


@pytest.fixture
def south(new_factory: NewFactory) -> Iterator[Factory]:
    with new_factory() as south:
        south.ingest(workbooks.factory(seed=5, orders=60), "south.xlsx", plant="south")
        yield south


def answers(client: httpx.Client, plant: str) -> dict[str, httpx.Response]:
    """The answer of every kind of address of a plant: read, written, sent as a file."""
    content = b"PK\x03\x04"
    found = {path: client.get(f"/api/plants/{plant}/{path}") for path in READ}
    for path in SENT:
        kind = {"Content-Type": XLSX} if path == "ingestion/runs" else None
        body = {"content": content, "headers": kind} if kind else {"json": {}}
        found[f"POST {path}"] = client.post(f"/api/plants/{plant}/{path}", **body)
    return found


@pytest.mark.parametrize("revision", [revisions()[-2], "0016", "0007", "0003", "base"])
def test_plant_left_at_an_earlier_revision_is_refused_until_it_is_migrated(
    revision: str, serve: Serve, south: Factory
) -> None:
    url = south.url.render_as_string(hide_password=False)
    with serve(entry("south", url)) as client:
        assert client.get("/api/plants/south/kpis/overview").status_code == 200
    downgrade(south.url, revision, role=south.roles.owner)
    with serve(entry("south", url)) as client:
        for path, answer in answers(client, "south").items():
            if answer.status_code in (404, 405, 415, 422):
                continue  # refused for what was asked, before any database is
            assert (answer.status_code, answer.json()["code"]) == (503, "SCHEMA_NOT_READY"), path
            assert answer.headers["Retry-After"]
            assert answer.json()["expected"] == head()
            assert answer.json()["found"] == ([] if revision == "base" else [revision])
            assert 'bootstrap ARGS="--plant south"' in answer.json()["detail"]
            assert str(south.url.database) not in answer.text
        assert client.get("/api/plants/south/health").status_code == 200
        page = client.get("/plants/south/", headers={"Accept-Language": "pt"})
        assert page.status_code == 503
        assert "A base de dados não está nesta versão" in page.text
        for other in ("north", "main"):
            assert client.get(f"/api/plants/{other}/kpis/overview").status_code == 200
        assert 'prodplan_plant_up{plant="south"} 0.0' in client.get("/metrics").text
        bootstrap(south.url, database=str(south.url.database), roles=south.roles)
        again = client.get("/api/plants/south/ready")
        assert again.json().get("code") in (None, "NO_DATA")
        if revision != "base" and revision >= "0007":
            assert client.get("/api/plants/south/kpis/overview").json()["workbook_name"] == "south.xlsx"
        assert 'prodplan_plant_up{plant="south"} 1.0' in client.get("/metrics").text


def test_plant_of_a_newer_release_is_served_and_not_ready(serve: Serve, south: Factory) -> None:
    with serve(entry("south", south.url.render_as_string(hide_password=False)), head=revisions()[-2]) as client:
        assert client.get("/api/plants/south/kpis/overview").status_code == 200
