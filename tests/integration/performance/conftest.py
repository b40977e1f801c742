"""A database with two runs of one sample workbook, the second one live."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from app.config import Settings
from app.database.access.roles import Roles, drop_roles, roles_for
from app.database.bootstrap import bootstrap
from app.database.engine import open_engine
from app.database.providers import Server
from app.database.scratch import drop_database
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest
from app.performance.load.truth import Truth, read_truth
from app.workbook.sample import write_sample

DETAILS = 20


@dataclass(frozen=True)
class Ingested:
    """A database whose live run is the second of two alike."""

    url: sa.URL
    roles: Roles
    settings: Settings
    earlier_run: int
    truth: Truth


@pytest.fixture(scope="session")
def ingested(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ingested]:
    name = f"performance_{secrets.token_hex(4)}"
    roles = roles_for(name)
    workbook = tmp_path_factory.mktemp("workbook") / "sample.xlsx"
    write_sample(workbook, scale=0.01, seed=11)
    try:
        url = bootstrap(server.url, database=name, roles=roles).url
        first = ingest(url, workbook, roles=roles)
        ingest(url, workbook, roles=roles, options=Options(force=True))
        with open_engine(url, role=roles.api) as engine, engine.connect() as connection:
            truth = read_truth(connection, "main", DETAILS)
        assert truth is not None
        yield Ingested(url, roles, Settings(_env_file=None), first.run_id, truth)
    finally:
        drop_database(server.url, name)
        drop_roles(server.url, roles)
