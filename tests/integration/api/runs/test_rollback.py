"""A kept run is made live again by a request, which a worker carries out as the command does, and which is recorded."""

from __future__ import annotations

import json
from typing import Any

import httpx
import sqlalchemy as sa

from app.config import Settings
from app.database.engine import open_engine
from app.ingestion.runs.retention import retain
from app.worker.carrying import Station, carry_out
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory
from tests.integration.api.requests.test_problems import refused

RUNS = "/api/ingestion/runs"


def carried_out(factory: Factory, client: httpx.Client, run_id: int, **settings: Any) -> dict[str, Any]:
    """The request once a worker has carried it out."""
    station = Station(Settings(_env_file=None, **settings), factory.url, factory.roles)
    carry_out(station, run_id, must_stop=lambda: False, last_attempt=True)
    found: dict[str, Any] = client.get(f"{RUNS}/{run_id}").json()
    return found


def test_a_kept_run_is_live_again_with_its_gates_and_the_request_names_who_asked(fresh: Factory) -> None:
    gates_file = fresh.folder / "FEATURE_GATES.json"
    first = fresh.ingest(workbooks.factory(1), "first.xlsx", gates_file=gates_file).run_id
    second = fresh.ingest(workbooks.factory(2), "second.xlsx", gates_file=gates_file).run_id
    with fresh.api(gates_file) as client:
        before = client.get("/api/kpis/overview", params={"run_id": first}).json()["orders"]
        answer = client.post(f"{RUNS}/{first}/publish")
        assert answer.status_code == 202, answer.text
        asked = answer.json()
        assert answer.headers["location"] == f"{RUNS}/{asked['run_id']}"
        assert (asked["status"], asked["source"], asked["workbook_name"]) == ("QUEUED", "KEPT", "first.xlsx")
        assert client.get("/api/kpis/overview").json()["run_id"] == second, "nothing changes before a worker acts"
        ended = carried_out(fresh, client, asked["run_id"], feature_gates_file=gates_file)
        assert (ended["status"], ended["result_run_id"], ended["requested_by"]) == ("PUBLISHED", first, "key ephemeral")
        overview = client.get("/api/kpis/overview").json()
        assert (overview["run_id"], overview["orders"]) == (first, before)
        assert json.loads(gates_file.read_text(encoding="utf-8"))["run_id"] == first
        live = [run["run_id"] for run in client.get("/api/runs").json()["runs"] if run["is_live"]]
        assert live == [first]
        again = refused(client.post(f"{RUNS}/{first}/publish"), 409, "ALREADY_LIVE")
        assert str(first) in again["detail"]
        of_request = refused(client.post(f"{RUNS}/{asked['run_id']}/publish"), 409, "NOT_PUBLISHABLE")
        assert f"names run {first}" in of_request["detail"]
        retried = refused(client.post(f"{RUNS}/{asked['run_id']}/retry"), 409, "NOT_RETRYABLE")
        assert f"run {first}" in retried["detail"]


def test_two_requests_for_one_run_end_as_published_and_as_nothing_to_do(fresh: Factory) -> None:
    first = fresh.ingest(workbooks.factory(1), "first.xlsx").run_id
    fresh.ingest(workbooks.factory(2), "second.xlsx")
    with fresh.api() as client:
        asked = [client.post(f"{RUNS}/{first}/publish").json()["run_id"] for _ in range(2)]
        ends = [carried_out(fresh, client, run_id) for run_id in asked]
    assert [(run["status"], run["result_run_id"]) for run in ends] == [("PUBLISHED", first), ("NO_OP", first)]


def test_a_run_that_cannot_be_live_again_is_refused_in_words(fresh: Factory) -> None:
    first = fresh.ingest(workbooks.factory(1), "first.xlsx").run_id
    for seed in (2, 3):
        fresh.ingest(workbooks.factory(seed), f"{seed}.xlsx")
    with fresh.api() as client:
        asked = client.post(f"{RUNS}/{first}/publish").json()["run_id"]
        waiting = refused(client.post(f"{RUNS}/{asked}/publish"), 409, "NOT_PUBLISHABLE")
        assert f"Run {asked} is QUEUED" in waiting["detail"]
        retain(fresh.url, roles=fresh.roles, plant="main", keep=1)
        gone = refused(client.post(f"{RUNS}/{first}/publish"), 410, "RUN_GONE")
        assert f"Run {first} is no longer kept" in gone["detail"]
        late = carried_out(fresh, client, asked)
        assert (late["status"], late["failure"]["code"], late["retryable"]) == ("FAILED", "UNKNOWN_RUN", False)
        refused(client.post(f"{RUNS}/{asked + 1}/publish"), 404, "RUN_NOT_FOUND")
        for number in ("0", "-1", "1.0", "x", "99999999999999999999"):
            refused(client.post(f"{RUNS}/{number}/publish"), 422, "INVALID_PARAMETER")
        refused(client.post(f"{RUNS}/{first}/publish?force=true"), 422, "INVALID_PARAMETER")


def test_a_rollback_needs_a_key_that_may_ingest(busy: Factory) -> None:
    with busy.api() as client:
        del client.headers["Authorization"]
        refused(client.post(f"{RUNS}/1/publish"), 401, "API_KEY_REQUIRED")
        with open_engine(busy.url, poolclass=sa.NullPool) as engine, engine.connect() as connection:
            kept = connection.exec_driver_sql("SELECT count(*) FROM audit.ingestion_requests WHERE source = 'KEPT'")
            assert kept.scalar_one() == 0
