"""One worker serves several plants; a request that no worker takes says so."""

from __future__ import annotations

import sqlalchemy as sa

from app.ingestion.runs.plant import working_on
from app.ingestion.runs.run_history import find_run
from tests.integration.ingestion.factory import Rows
from tests.integration.worker.conftest import Plant, StartWorker, until

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
