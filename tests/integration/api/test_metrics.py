"""/metrics counts what was answered, summed over the workers, in series that no client can multiply."""

from __future__ import annotations

import os
import re
import signal
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
import yaml
from prometheus_client.parser import text_string_to_metric_families

from app.api.process.server import served
from app.config import Settings
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory
from tests.integration.api.test_server import descendants
from tests.integration.waiting import until

ROOT = Path(__file__).parents[3]


def values(client: httpx.Client, **headers: str) -> dict[tuple[str, ...], float]:
    """Each sample by its name and label values."""
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, *(sample.labels[label] for label in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def requests(found: dict[tuple[str, ...], float]) -> dict[tuple[str, ...], float]:
    """Requests by method, route and status."""
    return {key[1:]: value for key, value in found.items() if key[0] == "prodplan_http_requests_total"}


def test_requests_are_counted_by_template_method_and_status(busy: Factory) -> None:
    with busy.api() as client:
        for order in (1, 2, 5):
            client.get(f"/api/prodplan/orders/{order}")
        client.head("/api/health")
        client.post("/api/health")
        client.get("/nowhere/1")
        client.request("PROPFIND", "/nowhere/2")
        client.get("/api/prodplan/orders", params={"limit": "0"})
        found = values(client)
    statuses = {client_status for _, _, client_status in requests(found)}
    assert statuses == {"200", "404", "405", "422"}
    template = "/api/prodplan/orders/{work_order_id}"
    assert sum(value for (_, route, _), value in requests(found).items() if route == template) == 3
    assert found["prodplan_http_request_duration_seconds_count", "GET", template] == 3
    expected = {("GET", "/api/health", "200"): 1, ("POST", "/api/health", "405"): 1, ("GET", "unmatched", "404"): 1}
    assert expected.items() <= requests(found).items()
    assert requests(found)["other", "unmatched", "404"] == 1
    assert found["prodplan_http_requests_in_flight",] == 1


def test_live_run_gates_and_pool_are_those_of_now(fresh: Factory) -> None:
    with fresh.api() as client:
        empty = values(client)
        run = fresh.ingest(workbooks.matched("standard_route", 80, 100)).run_id
        found = values(client)
    assert (empty["prodplan_database_up",], ("prodplan_live_run", "main") in empty) == (1, False)
    engine = sa.create_engine(fresh.url)
    with engine.connect() as connection:
        published = connection.execute(sa.text("SELECT extract(epoch FROM published_at) FROM core.current_snapshot"))
        expected = float(published.scalar_one())
    engine.dispose()
    assert found["prodplan_live_run", "main"] == run
    assert found["prodplan_live_run_published_timestamp_seconds", "main"] == pytest.approx(expected, abs=1e-3)
    assert found["prodplan_gate_match_rate", "standard_route", "main"] == 0.8
    gate = ("prodplan_gate_status", "standard_route", "main")
    statuses = [found[*gate, one] for one in ("ENABLED", "DEGRADED", "DISABLED")]
    assert statuses == [0, 1, 0]
    snapshots = [found["prodplan_snapshots", "main"], found["prodplan_snapshots_postponed", "main"]]
    assert (snapshots, found["prodplan_snapshots_in_database",]) == ([1, 0], 1)
    assert (found["prodplan_database_connections_in_use",], found["prodplan_database_connections_limit",]) == (0, 10)


def test_database_gone_is_a_metric_and_no_failure(busy: Factory) -> None:
    nowhere = Factory(busy.url.set(database="nowhere"), busy.roles, busy.folder)
    with nowhere.api() as client:
        assert values(client)["prodplan_database_up",] == 0


def folders(pids: list[int]) -> set[str]:
    """The folders of metrics that these processes were given."""
    found = set()
    for pid in pids:
        # Processes of the database server come and go.
        with suppress(FileNotFoundError, ProcessLookupError):
            entries = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            found |= {entry.partition(b"=")[2].decode() for entry in entries if entry.startswith(b"PROMETHEUS_MULTI")}
    return found


def counted(base_url: str, wanted: int) -> dict[tuple[str, ...], float]:
    """Requests for /api/health as often as wanted, each on a connection of its own, then what either worker says."""
    for _ in range(wanted):
        httpx.get(f"{base_url}/api/health", timeout=30)
    return values_of(base_url)


def values_of(base_url: str) -> dict[tuple[str, ...], float]:
    with httpx.Client(base_url=base_url, timeout=30) as client:
        return values(client)


def test_workers_are_summed_the_dead_forgotten_and_nothing_left_behind(busy: Factory) -> None:
    settings = Settings(_env_file=None, role_prefix=busy.roles.prefix)
    with served(settings, busy.url, busy.roles, workers=2) as base_url:
        pids = descendants(os.getpid())
        (folder,) = folders(pids)
        before = counted(base_url, 0)
        found = counted(base_url, 20)
        health = ("prodplan_http_requests_total", "GET", "/api/health", "200")
        assert found[health] - before[health] == 20
        assert (found["prodplan_http_requests_in_flight",], found["prodplan_database_connections_limit",]) == (1, 20)
        writers = {path.stem.rpartition("_")[2] for path in Path(folder).glob("gauge_livesum_*.db")}
        assert len(writers) == 2
        victim = int(writers.pop())
        os.kill(victim, signal.SIGKILL)

        def now() -> dict[tuple[str, ...], float]:
            """The counts; none while a connection still lies with the killed worker."""
            try:
                return values_of(base_url)
            except httpx.TransportError:
                return {}

        of_the_dead = Path(folder) / f"gauge_livesum_{victim}.db"
        found = until(now, lambda seen: seen.get(("prodplan_workers",)) == 2 and not of_the_dead.exists())
        assert found[health] >= before[health] + 20
    assert not Path(folder).exists()


def test_a_snapshot_that_somebody_reads_is_counted_as_postponed(fresh: Factory) -> None:
    runs = [fresh.ingest(workbooks.factory(seed=7), force=True).run_id for _ in range(3)]
    engine = sa.create_engine(fresh.url)
    with engine.connect() as reader, fresh.api(retention_keep=2) as client:
        reader.execute(sa.text("SELECT count(*) FROM core.work_orders"))
        assert fresh.ingest(workbooks.factory(seed=7), force=True, keep=2).retained.postponed == tuple(runs[:2])
        found = values(client)
    engine.dispose()
    assert (found["prodplan_snapshots", "main"], found["prodplan_snapshots_postponed", "main"]) == (2, 2)
    assert found["prodplan_snapshots_in_database",] == 4


def test_runs_requests_and_orders_are_those_of_now(busy: Factory) -> None:
    with busy.api() as client:
        found = values(client)
        totals = client.get("/api/prodplan/risk_queue", params={"limit": 1}).json()
    assert found["prodplan_runs", "main", "PUBLISHED"] >= 1
    assert found["prodplan_last_run_end_timestamp_seconds", "main", "PUBLISHED"] > 0
    assert (found["prodplan_requests_open", "main"], found["prodplan_requests_open_oldest_seconds", "main"]) == (0, 0)
    assert found["prodplan_ingestion_seconds", "main"] > 0
    assert ("prodplan_worker_heartbeat_age_seconds", "main") not in found
    orders = [found["prodplan_orders", kind, "main"] for kind in ("open", "overdue", "late")]
    figures = totals["totals"]
    assert orders == [totals["standing"]["production_orders"], figures["overdue_orders"], figures["late_orders"]]


def test_share_of_refused_rows_is_that_of_each_sheet_and_a_worker_is_told_by_its_last_look(fresh: Factory) -> None:
    rows = workbooks.factory(seed=7)
    rows["Fases"] = [*rows["Fases"], rows["Fases"][0]]
    fresh.ingest(rows)
    engine = sa.create_engine(fresh.url)
    with engine.begin() as connection:
        long_ago = "INSERT INTO audit.worker_beats VALUES ('main', now() - interval '90 s'), ('other', now())"
        connection.exec_driver_sql(long_ago)
    engine.dispose()
    with fresh.api() as client:
        found = values(client)
    shares = {key[2]: value for key, value in found.items() if key[0] == "prodplan_refused_ratio"}
    assert shares["Fases"] == 1 / len(rows["Fases"])
    assert shares["Modelos"] == 0
    assert shares.keys() == {sheet for sheet, listed in rows.items() if listed}
    beats = {key: value for key, value in found.items() if key[0] == "prodplan_worker_heartbeat_age_seconds"}
    assert list(beats) == [("prodplan_worker_heartbeat_age_seconds", "main")]
    assert 90 <= beats.popitem()[1] < 400


def test_alert_rules_name_metrics_that_exist(busy: Factory) -> None:
    rules = yaml.safe_load((ROOT / "docs" / "operations" / "alerts.yml").read_text("utf-8"))["groups"][0]["rules"]
    named = set(re.findall(r"prodplan_\w+", " ".join(rule["expr"] for rule in rules)))
    with busy.api() as client:
        known = set(re.findall(r"^# TYPE (\S+)", client.get("/metrics").text, re.MULTILINE))
    assert named - known == set()
    assert all(set(rule) <= {"alert", "expr", "for", "labels", "annotations"} for rule in rules)
