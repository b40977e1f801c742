"""A requested ingestion is carried out by a worker, says how it ended, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.api.plant_metrics import worker_metric
from app.api.snapshot_reading import api_engine
from app.database.access.roles import Roles
from app.database.schema.queue import MOST_WAITING
from app.ingestion.errors import QueueFull
from app.ingestion.requests.inbox import NoSuchExport
from app.ingestion.requests.request_queue import NewRequest, request_ingestion
from app.ingestion.runs.plant import LOCK_CLASS
from tests.integration.ingestion.factory import ORDERS, Rows, factory, order, save
from tests.integration.waiting import WITHIN_S, until
from tests.integration.worker.conftest import ROOT, Plant, StartWorker
from tests.unpooled import unpooled


def test_requested_workbook_is_published_under_the_number_it_was_given(
    plant: Plant, start_worker: StartWorker, example: Rows
) -> None:
    run_id = plant.ask(example, "Folha IA.xlsx")
    waiting = plant.run(run_id)
    assert (waiting.status, waiting.retryable, waiting.started_at) == ("QUEUED", False, None)
    start_worker()
    run = plant.ended(run_id)
    assert (run.status, run.is_live, run.result_run_id, run.failure) == ("PUBLISHED", True, run_id, None)
    assert (run.workbook_name, run.requested_by, run.source) == ("Folha IA.xlsx", "test", "UPLOAD")
    assert run.progress is not None
    assert run.progress.phase == "publish"
    assert plant.live() == run_id
    assert until(plant.uploads, lambda left: not left) == []
    assert until(lambda: plant.rows("SELECT count(*) FROM queue.procrastinate_jobs"), lambda seen: seen == [(0,)])


def test_workbook_that_is_live_already_ends_as_a_no_op_and_names_the_run(
    plant: Plant, start_worker: StartWorker, example: Rows
) -> None:
    first = plant.ask(example)
    content = (plant.inbox.uploads / plant.rows("SELECT file FROM audit.ingestion_requests")[0][0]).read_bytes()
    start_worker()
    plant.ended(first)
    again = plant.ended(plant.ask(content))
    assert (again.status, again.result_run_id, again.is_live) == ("NO_OP", first, False)
    forced = plant.ended(plant.ask(content, force=True))
    assert (forced.status, forced.is_live) == ("PUBLISHED", True)


def test_refused_workbook_says_why_and_is_not_kept(plant: Plant, start_worker: StartWorker, example: Rows) -> None:
    start_worker()
    refused = plant.ended(plant.ask(b"Of_Id;Of_DataCriacao"))
    assert refused.failure is not None
    assert (refused.status, refused.failure.code, refused.retryable) == ("REFUSED", "NOT_XLSX", False)
    plant.ended(plant.ask(example))
    shrunk = factory()
    shrunk[ORDERS] = []
    emptied = plant.ended(plant.ask(shrunk))
    assert emptied.failure is not None
    assert (emptied.status, emptied.failure.code) == ("REFUSED", "SHRINK_REFUSED")
    assert until(plant.uploads, lambda left: not left) == []


def test_heartbeat_goes_on_while_the_worker_lives_and_ages_when_it_does_not(
    plant: Plant, start_worker: StartWorker
) -> None:
    beats = "SELECT plant, beaten_at FROM audit.worker_beats"
    assert plant.rows(beats) == []
    worker = start_worker(impatient=True)
    ((name, first),) = until(lambda: plant.rows(beats), bool)
    assert name == "main"
    until(lambda: plant.rows(beats)[0][1], lambda beaten_at: beaten_at > first)
    worker.kill()
    worker.wait()
    last = plant.rows(beats)
    with plant.connection(plant.roles.api) as connection:
        (before,), (after,) = (worker_metric(connection, "main").samples for _ in range(2))
    assert plant.rows(beats) == last
    assert 0 < before.value < after.value
    assert before.labels == {"plant": "main"}


def test_runs_of_one_plant_are_carried_out_in_the_order_asked(
    plant: Plant, start_worker: StartWorker, example: Rows
) -> None:
    asked = []
    for number in range(20, 23):
        example[ORDERS].append(order(number))
        asked.append(plant.ask(example))
    start_worker()
    start_worker()
    for run_id in asked:
        assert plant.ended(run_id).status == "PUBLISHED"
    begun = [run for (run,) in plant.rows("SELECT run_id FROM audit.ingestion_runs ORDER BY started_at")]
    assert begun == asked
    assert plant.live() == asked[-1]


def test_worker_takes_the_runs_of_its_own_plant_alone(plant: Plant, start_worker: StartWorker, example: Rows) -> None:
    longest = "a plant whose name is as long as it may be ".ljust(63, "x")
    ours, theirs = plant.ask(example), plant.ask(example, plant=longest)
    start_worker(PLANT=longest)
    ended = "SELECT run_id, ended_as FROM audit.ingestion_requests WHERE ended_as IS NOT NULL"
    assert until(lambda: plant.rows(ended), bool) == [(theirs, "PUBLISHED")]
    assert plant.run(ours).status == "QUEUED"
    start_worker()
    assert plant.ended(ours).status == "PUBLISHED"


def test_requests_of_many_clients_at_once_never_exceed_what_may_wait(plant: Plant, example: Rows) -> None:
    with plant.inbox.receiving("x.xlsx") as stored:
        save(stored.path, example)

    engine = api_engine(plant.url, plant.roles)

    def ask(client: int) -> str:
        with engine.connect() as connection:
            try:
                request_ingestion(connection, NewRequest("main", stored, "0" * 64, f"client {client}"))
            except QueueFull as full:
                return full.code
            connection.commit()
            return "asked"

    with ThreadPoolExecutor(8) as clients:
        outcomes = Counter(clients.map(ask, range(MOST_WAITING + 8)))
    engine.dispose()
    assert outcomes == {"asked": MOST_WAITING, "QUEUE_FULL": 8}


def test_run_waits_while_a_command_works_on_the_plant(plant: Plant, start_worker: StartWorker, example: Rows) -> None:
    with plant.connection() as connection:
        connection.execute(sa.text("SELECT pg_advisory_lock(:class, hashtext('main'))"), {"class": LOCK_CLASS})
        start_worker()
        run_id = plant.ask(example)
        until(lambda: plant.rows("SELECT max(attempts) FROM queue.procrastinate_jobs"), lambda seen: seen > [(0,)])
        assert plant.run(run_id).status == "QUEUED"
    assert plant.ended(run_id).status == "PUBLISHED"


def test_export_that_changes_after_it_was_asked_for_is_not_ingested(
    plant: Plant, start_worker: StartWorker, example: Rows
) -> None:
    exports = plant.folder / "exports"
    exports.mkdir()
    path = save(exports / "today.xlsx", example)
    wanted = NewRequest("main", plant.inbox.export("today.xlsx"), "0" * 64, "test")
    with plant.connection(plant.roles.api) as connection:
        run_id = request_ingestion(connection, wanted)
        connection.commit()
    start_worker()
    run = plant.ended(run_id)
    assert run.failure is not None
    assert (run.status, run.failure.code, run.retryable) == ("REFUSED", "CHANGED", False)
    assert path.exists()


def test_request_that_is_rolled_back_queues_nothing(plant: Plant, example: Rows) -> None:
    with plant.inbox.receiving("x.xlsx") as stored:
        save(stored.path, example)
    with plant.connection(plant.roles.api) as connection:
        request_ingestion(connection, NewRequest("main", stored, "0" * 64, "test"))
        connection.rollback()
    left = "SELECT (SELECT count(*) FROM audit.ingestion_requests), (SELECT count(*) FROM queue.procrastinate_jobs)"
    assert plant.rows(left) == [(0, 0)]


@pytest.mark.parametrize("path", ["../x.xlsx", "/etc/passwd", "", ".", "x.csv", "absent.xlsx", "\0.xlsx", "out.xlsx"])
def test_nothing_outside_the_folder_of_exports_can_be_named(plant: Plant, path: str, example: Rows) -> None:
    exports = plant.folder / "exports"
    (exports / "folder.xlsx").mkdir(parents=True)
    save(plant.folder / "x.xlsx", example)
    (exports / "x.csv").write_text("1")
    (exports / "out.xlsx").symlink_to(plant.folder / "x.xlsx")
    with pytest.raises(NoSuchExport):
        plant.inbox.export(path)


def test_worker_whose_login_may_not_act_as_its_role_says_so_and_ends_when_told(plant: Plant, tmp_path: Path) -> None:
    name = f"stranger_{plant.roles.prefix}"
    with unpooled(plant.url).begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN PASSWORD 's3cret'")
    url = plant.url.set(username=name, password="s3cret")
    environment = {one: os.environ[one] for one in ("HOME", "PATH", "TMPDIR") if one in os.environ} | {
        "DATABASE_URL": url.render_as_string(hide_password=False),
        "ROLE_PREFIX": plant.roles.prefix,
    }
    said = tmp_path / "said"
    with said.open("wb") as stream:
        child = subprocess.Popen([sys.executable, "-m", "app", "worker"], cwd=ROOT, env=environment, stderr=stream)
    try:
        until(said.read_text, lambda text: f"may not act as the role {plant.roles.ingest}" in text)
        child.send_signal(signal.SIGTERM)
        assert child.wait(WITHIN_S) == 0
    finally:
        child.kill()
        child.wait()
        with unpooled(plant.url).begin() as connection:
            connection.exec_driver_sql(f"DROP ROLE {name}")
    assert "Traceback" not in said.read_text()


@pytest.mark.parametrize(
    ("changed", "waits_for"),
    [
        pytest.param({}, "has no schema yet", id="schema"),
        pytest.param({"username": "nobody_here", "password": "s3cret"}, "as nobody_here, because ", id="login"),
        pytest.param({"host": "127.0.0.1", "port": 1}, "No connection to PostgreSQL at 127.0.0.1:1/", id="server"),
    ],
)
def test_worker_waits_for_what_is_not_there_and_says_so(
    changed: dict[str, Any], waits_for: str, scratch_url: sa.URL, template: tuple[str, Roles], tmp_path: Path
) -> None:
    _, roles = template
    environment = {name: os.environ[name] for name in ("HOME", "PATH", "TMPDIR") if name in os.environ} | {
        "DATABASE_URL": scratch_url.set(**changed).render_as_string(hide_password=False),
        "ROLE_PREFIX": roles.prefix,
    }
    said = tmp_path / "said"
    with said.open("wb") as stream:
        child = subprocess.Popen([sys.executable, "-m", "app", "worker"], cwd=ROOT, env=environment, stderr=stream)
    try:
        until(said.read_text, lambda text: waits_for in text and "waits for it" in text)
        child.send_signal(signal.SIGTERM)
        assert child.wait(WITHIN_S) == 0
    finally:
        child.kill()
        child.wait()
    assert "Traceback" not in said.read_text()
    assert "s3cret" not in said.read_text()
