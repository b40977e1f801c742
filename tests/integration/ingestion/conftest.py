"""A migrated database for each test, cloned from one template, and the plant that a test works on in it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.database.access.roles import Roles
from app.database.providers import Server
from app.database.schema import SNAPSHOT_TABLES
from app.database.scratch import scratch_database
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest
from app.ingestion.run_result import IngestionResult
from app.workbook.sample import write_sample
from tests.integration.ingestion.factory import Rows, factory, save
from tests.integration.read_here import ingested_here
from tests.unpooled import unpooled


@dataclass(frozen=True)
class Plant:
    """A database at head, the roles in it, and a folder for workbooks and reports."""

    url: sa.URL
    roles: Roles
    folder: Path

    def ingest(self, rows: Rows, **options: Any) -> IngestionResult:
        """Write the rows as a workbook and ingest it."""
        return self.ingest_file(self.workbook(rows), **options)

    def ingest_file(self, workbook: Path, **options: Any) -> IngestionResult:
        return ingest(self.url, workbook, roles=self.roles, options=Options(**options))

    def workbook(self, rows: Rows) -> Path:
        return save(self.folder / f"{secrets.token_hex(4)}.xlsx", rows)

    @contextmanager
    def connection(self, role: str | None = None) -> Iterator[sa.Connection]:
        with unpooled(self.url, role).connect() as connection:
            yield connection

    def rows(self, statement: str, **params: Any) -> list[Any]:
        with self.connection() as connection:
            return list(connection.execute(sa.text(statement), params))

    def value(self, statement: str, **params: Any) -> Any:
        ((value,),) = self.rows(statement, **params)
        return value

    def live(self, plant: str = "main") -> int | None:
        rows = self.rows("SELECT run_id FROM core.current_snapshot WHERE plant = :plant", plant=plant)
        return rows[0][0] if rows else None

    def statuses(self) -> dict[int, str]:
        return dict(map(tuple, self.rows("SELECT run_id, status FROM audit.ingestion_runs")))

    def run_tables(self) -> set[str]:
        """The tables that belong to some run, attached or not, in core and staging."""
        found = self.rows(
            "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname IN ('core', 'staging') AND c.relkind = 'r' AND c.relname ~ '_r[0-9]+$'"
        )
        return {name for (name,) in found}


def tables_of(*runs: int) -> set[str]:
    """The tables that whole snapshots consist of."""
    return {f"core.{table}_r{run}" for table in SNAPSHOT_TABLES for run in runs}


NewPlant = Callable[..., AbstractContextManager[Plant]]


@pytest.fixture(scope="session")
def new_plant(server: Server, template: tuple[str, Roles], tmp_path_factory: pytest.TempPathFactory) -> NewPlant:
    """Makes plants: empty ones, or copies of one. Nobody may be connected to the database that is copied."""
    name, roles = template

    @contextmanager
    def make(copied: Plant | None = None) -> Iterator[Plant]:
        source = str(copied.url.database) if copied else name
        with scratch_database(server.url, template=source, prefix="plant") as url:
            yield Plant(url, roles, tmp_path_factory.mktemp("plant"))

    return make


@pytest.fixture
def plant(new_plant: NewPlant) -> Iterator[Plant]:
    """An empty plant of the test's own."""
    with new_plant() as plant:
        yield plant


@pytest.fixture(scope="session")
def begun_once(new_plant: NewPlant) -> Iterator[Plant]:
    """A plant whose live run is `factory()`, to be copied."""
    with new_plant() as plant:
        with ingested_here():
            plant.ingest(factory())
        yield plant


@pytest.fixture
def begun(new_plant: NewPlant, begun_once: Plant) -> Iterator[Plant]:
    """A plant of the test's own whose live run is `factory()`."""
    with new_plant(begun_once) as plant:
        yield plant


@pytest.fixture
def read_here() -> Iterator[None]:
    """Ingestions read in this process: for a module whose tests begin where a workbook has been read."""
    with ingested_here():
        yield


@pytest.fixture
def changed() -> Callable[[Callable[[Rows], None]], Rows]:
    """The factory's rows after a change."""

    def apply(change: Callable[[Rows], None]) -> Rows:
        rows = factory()
        change(rows)
        return rows

    return apply


@pytest.fixture(scope="session")
def sampled_once(new_plant: NewPlant, begun_once: Plant) -> Iterator[Plant]:
    """A plant that `sampled` copies, so that the sample is written and ingested once."""
    with new_plant(begun_once) as plant:
        workbook = plant.folder / "sample.xlsx"
        write_sample(workbook, scale=0.01, seed=11)
        with ingested_here():
            plant.ingest_file(workbook, allow_shrink=True, allow_older=True)
        yield plant


@pytest.fixture
def sampled(new_plant: NewPlant, sampled_once: Plant) -> Iterator[Plant]:
    """A plant with a sample of every fault of the real workbook, live as a second run beside another."""
    with new_plant(sampled_once) as plant:
        yield plant
