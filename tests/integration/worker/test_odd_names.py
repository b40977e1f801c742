"""A worker whose database has a name that no address may hold as it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.database.access.roles import Roles
from app.database.providers import Server
from app.database.scratch import scratch_database
from tests.integration.ingestion.factory import Rows
from tests.integration.worker.conftest import Plant, StartWorker


@pytest.fixture
def plant(server: Server, template: tuple[str, Roles], tmp_path: Path) -> Iterator[Plant]:
    name, roles = template
    with scratch_database(server.url, template=name, prefix="Vila do Conde 'n'") as url:
        yield Plant(url, roles, tmp_path)


def test_worker_serves_a_database_with_blanks_and_quotes_in_its_name(
    plant: Plant, start_worker: StartWorker, example: Rows
) -> None:
    start_worker()
    assert plant.ended(plant.ask(example)).status == "PUBLISHED"
