"""One worker serves several plants; a request that no worker takes says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace

import sqlalchemy as sa

from app.database.access.roles import Roles
from app.database.bootstrap import bootstrap
from app.database.providers import Server
from app.database.revisions.migrate import downgrade, head, revisions
from app.database.scratch import scratch_database
from app.ingestion.runs.plant import working_on
from app.ingestion.runs.run_history import find_run
from tests.integration.ingestion.factory import Rows
from tests.integration.waiting import WITHIN_S, until
from tests.integration.worker.conftest import ROOT, Plant, StartWorker

NOWHERE = "postgresql://u:p@127.0.0.1:1/x"
LATER = "UPDATE audit.ingestion_requests SET requested_at = requested_at - interval '1 minute'"
ENDED = "SELECT plant, ended_as FROM audit.ingestion_requests WHERE ended_as IS NOT NULL ORDER BY plant"


def test_one_worker_serves_the_plants_beside_one_that_is_down_and_one_that_is_faulty(
    plant: Plant, start_worker: StartWorker, example: Rows
) -> None:
    file = plant.folder / "plants.toml"
    uploads = f'upload_dir = "{plant.folder / "uploads"}"\n'
    file.write_text(
        f'[plants.down]\ndatabase_url = "{NOWHERE}"\n[plants.faulty]\ndatabase_url_env = "NOT_SET"\n'
        f"[plants.north]\n{uploads}[plants.main]\nupload_dir = 'elsewhere'\n",
        encoding="utf-8",
    )
    plant.ask(example, plant="north")
    start_worker(PLANTS_FILE=str(file))
    assert until(lambda: plant.rows(ENDED), bool) == [("north", "PUBLISHED")]


def test_request_that_no_worker_takes_says_so(plant: Plant, example: Rows) -> None:
    run_id = plant.ask(example)
    assert plant.run(run_id).waiting is None
    with plant.connection() as connection:
        connection.execute(sa.text(LATER))
        connection.commit()
    left = plant.run(run_id).waiting
    assert left is not None
    assert left.startswith("No worker has taken this request up: start one that serves plant main")
    with working_on(plant.url, "main", plant.roles):
        assert plant.run(run_id).waiting is None
    with working_on(plant.url, "north", plant.roles):
        assert plant.run(run_id).waiting is not None


def test_request_of_another_plant_has_the_words_of_its_own(plant: Plant, example: Rows) -> None:
    run_id = plant.ask(example, plant="north")
    with plant.connection() as connection:
        connection.execute(sa.text(LATER))
        found = find_run(connection, "north", run_id)
    assert found is not None
    assert "serves plant north" in (found.waiting or "")


def test_worker_serves_a_plant_while_another_is_at_an_older_revision_and_takes_that_up_once_it_is_migrated(
    plant: Plant, server: Server, template: tuple[str, Roles], example: Rows
) -> None:
    name, roles = template
    with scratch_database(server.url, template=name, prefix="worker") as url:
        north = replace(plant, url=url)
        north.ask(example, plant="north")
        downgrade(url, revisions()[-2], role=roles.owner)
        file = plant.folder / "plants.toml"
        text = url.render_as_string(hide_password=False)
        file.write_text(f'[plants.north]\ndatabase_url = "{text}"\nupload_dir = "uploads"\n', encoding="utf-8")
        environment = {one: os.environ[one] for one in ("HOME", "PATH", "TMPDIR") if one in os.environ} | {
            "DATABASE_URL": plant.url.render_as_string(hide_password=False),
            "ROLE_PREFIX": roles.prefix,
            "PLANTS_FILE": str(file),
            "UPLOAD_DIR": str(plant.folder / "main"),
        }
        said = plant.folder / "said"
        with said.open("wb") as stream:
            child = subprocess.Popen([sys.executable, "-m", "app", "worker"], cwd=ROOT, env=environment, stderr=stream)
        try:
            until(said.read_text, lambda text: f"is at revision {revisions()[-2]}" in text)
            until(lambda: plant.rows("SELECT count(*) FROM queue.procrastinate_workers"), lambda count: count == [(1,)])
            assert north.rows("SELECT ended_as FROM audit.ingestion_requests") == [(None,)]
            bootstrap(url, database=str(url.database), roles=roles)
            assert until(lambda: north.rows(ENDED), bool) == [("north", "PUBLISHED")]
            child.send_signal(signal.SIGTERM)
            assert child.wait(WITHIN_S) == 0
        finally:
            child.kill()
            child.wait()
        lines = said.read_text().splitlines()
    waits = [line for line in lines if "waits for it" in line]
    assert len(waits) == 1
    assert f"plant north: The database {url.database} is at revision" in waits[0]
    assert f"this checkout needs {head()}" in waits[0]
    assert 'ARGS="--plant north"' in waits[0]
    assert "Traceback" not in said.read_text()
