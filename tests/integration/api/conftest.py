"""A database at head, cloned for each test that asks; an API on it; and the oracle of what was ingested."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI

from app.api.application import create_app
from app.api.keys.keyring import with_ephemeral_key
from app.api.process.server import listening
from app.config import Settings
from app.database.access.roles import Roles
from app.database.providers import Server
from app.database.scratch import scratch_database
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest
from app.ingestion.publishing import publish
from app.ingestion.run_result import IngestionResult
from tests.integration.api import workbooks
from tests.integration.read_here import ingested_here

DOCUMENTS: dict[bool, dict[str, Any]] = {}
"""The document by whether keys are required: on nothing else does it depend (tests/unit/api/test_document.py)."""


def share_document(app: FastAPI, *, keys_required: bool) -> None:
    """Let the application take the document that another one made, because making it takes most of a second."""
    make = app.openapi

    def document() -> dict[str, Any]:
        if keys_required not in DOCUMENTS:
            DOCUMENTS[keys_required] = make()
        return DOCUMENTS[keys_required]

    app.openapi = document  # type: ignore[method-assign]


@dataclass(frozen=True)
class Factory:
    """One plant's database: ingest into it, question it."""

    url: sa.URL
    roles: Roles
    folder: Path

    def ingest(self, rows: workbooks.Rows, name: str = "workbook.xlsx", **options: Any) -> IngestionResult:
        path = workbooks.write(self.folder / name, rows)
        allowed = {
            "allow_shrink": True,
            "allow_rejects": True,
            "allow_older": True,
            "allow_empty": True,
            "allow_implausible": True,
        }
        with ingested_here():
            return ingest(self.url, path, roles=self.roles, options=Options(**(allowed | options)))

    def publish(self, run_id: int) -> None:
        publish(self.url, run_id, roles=self.roles, plant="main")

    @contextmanager
    def api(self, gates_file: Path | None = None, head: str | None = None, **given: Any) -> Iterator[httpx.Client]:
        """The API over real HTTP, served by a thread, so that a test can look inside.

        given: settings. The client's requests carry a key of every scope, the only valid one unless keys are given.
        """
        settings, key = Settings(_env_file=None, feature_gates_file=gates_file, **given), ""
        if not {"api_keys", "api_keys_file"} & given.keys():
            settings, key = with_ephemeral_key(settings)
        headers = {"Authorization": f"Bearer {key}"} if key else None
        app = create_app(settings, database_url=self.url, roles=self.roles, head=head)
        share_document(app, keys_required=settings.keys_required)
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
        with listening("127.0.0.1", 0) as listener:
            listener.listen()  # a request that comes before the server is ready waits instead of being refused
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            try:
                base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
                # Without a list of authorities, which takes longer to read than the application to make.
                with httpx.Client(base_url=base_url, headers=headers, timeout=30, verify=False) as client:
                    yield client
            finally:
                server.should_exit = True
                thread.join()


NewFactory = Callable[[], AbstractContextManager[Factory]]


@pytest.fixture(scope="session")
def new_factory(server: Server, template: tuple[str, Roles], tmp_path_factory: pytest.TempPathFactory) -> NewFactory:
    """Makes factories of their own, empty."""

    @contextmanager
    def make() -> Iterator[Factory]:
        name, roles = template
        with scratch_database(server.url, template=name, prefix="api") as url:
            yield Factory(url, roles, tmp_path_factory.mktemp("factory"))

    return make


@pytest.fixture
def fresh(new_factory: NewFactory) -> Iterator[Factory]:
    """An empty factory of the test's own."""
    with new_factory() as factory:
        yield factory


@pytest.fixture(scope="session")
def busy(new_factory: NewFactory) -> Iterator[Factory]:
    """A factory at work, shared by the tests of the session, which only read it; an earlier run is kept."""
    with new_factory() as factory:
        factory.ingest(workbooks.factory(seed=6), "before.xlsx")
        factory.ingest(workbooks.factory(seed=7))
        yield factory


@pytest.fixture(scope="module")
def client(busy: Factory) -> Iterator[httpx.Client]:
    """The API on the busy factory, obeying the database's gates; a test may ask it as often as it likes."""
    with busy.api(**dict.fromkeys(("rate_simulation", "rate_ingestion", "rate_download"), "1000/second")) as client:
        yield client
