"""docker-compose.yml brought up for real: a workbook goes in by the API, is read back, and outlives its database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx

from app.api.http.receiving import XLSX
from tests.integration.containers.conftest import Stack
from tests.integration.ingestion.factory import ORDERS, factory, save

RUNS = "/api/ingestion/runs"


def has(status: int) -> Any:
    return lambda answer: answer.status_code == status


def has_ended(answer: httpx.Response) -> bool:
    return answer.status_code == 200 and answer.json()["status"] not in ("QUEUED", "RUNNING")


def ingested(stack: Stack, workbook: Path, **query: Any) -> dict[str, Any]:
    asked = stack.client.post(RUNS, content=workbook.read_bytes(), headers={"Content-Type": XLSX}, params=query)
    assert asked.status_code == 202, asked.text
    run: dict[str, Any] = stack.answer(f"{RUNS}/{asked.json()['run_id']}", has_ended).json()
    return run


def test_workbook_goes_in_by_the_api_and_survives_the_death_of_its_database(
    engine: Any, stack: Stack, tmp_path: Path
) -> None:
    stack.answer("/api/health", has(200))
    assert stack.answer("/api/ready", has(503)).json()["code"] == "NO_DATA"
    assert stack.client.get("/api/kpis/overview").json()["code"] == "API_KEY_REQUIRED"
    key = stack.run("run", "--rm", "api-key", "office", "--scope", "ingest", "--scope", "read").split()[-1]
    stack.client.headers["Authorization"] = f"Bearer {key}"

    run = ingested(stack, save(tmp_path / "export.xlsx", factory()), name="export.xlsx")
    assert (run["status"], run["is_live"], run["requested_by"]) == ("PUBLISHED", True, "key office")
    assert stack.answer("/api/ready", has(200)).json()["run_id"] == run["run_id"]
    before = stack.client.get("/api/kpis/overview").json()
    assert before["orders"] == len(factory()[ORDERS])

    db = stack.container(engine, "db")
    db.kill()
    gone = stack.answer("/api/kpis/overview", has(503))
    assert (gone.json()["code"], "retry-after" in gone.headers) == ("DATABASE_UNAVAILABLE", True)
    assert stack.client.get("/api/health").status_code == 200
    db.start()
    assert stack.answer("/api/kpis/overview", has(200)).json() == before

    again = ingested(stack, save(tmp_path / "again.xlsx", factory()), force=True)
    assert (again["status"], again["is_live"]) == ("PUBLISHED", True)


def test_containers_are_confined_as_the_file_says(engine: Any, stack: Stack) -> None:
    stack.answer("/api/health", has(200))
    for service in ("db", "api", "worker"):
        container = stack.container(engine, service)
        settings = container.attrs["HostConfig"]
        assert container.attrs["State"]["Status"] == "running", service
        assert settings["ReadonlyRootfs"], service
        assert settings["CapDrop"] == ["ALL"], service
        assert settings["Memory"] > 0, f"{service} may take all of the machine's memory"
        assert container.exec_run(["id", "-u"]).output.strip() not in (b"", b"0"), service
        refused = container.exec_run(["sh", "-c", "echo x > /usr/x"])
        assert refused.exit_code != 0, service
    published = {service: stack.container(engine, service).ports for service in ("db", "api", "worker")}
    assert not any(bound for service in ("db", "worker") for bound in published[service].values())
    assert [one["HostIp"] for one in published["api"]["8000/tcp"]] == ["127.0.0.1"]
    assert stack.container(engine, "migrate").attrs["State"]["ExitCode"] == 0
