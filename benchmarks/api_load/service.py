"""Serves the measured API: two workers on a database of its own, with the workbook live, gone afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.api.keys.api_keys import Scope, new_key
from app.api.keys.keyring import with_only_key
from app.api.process.server import served
from app.config import Settings
from app.database.access.roles import roles_for
from app.database.engine import open_engine
from app.performance.load.truth import Truth, read_truth
from benchmarks.ingestion_speed.children import Child
from benchmarks.ingestion_speed.client import ROLE_PREFIX
from benchmarks.ingestion_speed.servers import Site

WORKERS, DETAILS = 2, 200
UNLIMITED = dict.fromkeys(("rate_simulation", "rate_ingestion", "rate_download"), "1000000/second")
"""A benchmark asks more often than a client may."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service under load: its address and key, the facts of its live run, and the number of rows of its workbook."""

    base_url: str
    key: str
    truth: Truth
    rows: int


@contextmanager
def running(site: Site, workbook: Path, settings: Settings, folder: Path) -> Iterator[Service]:
    """Ingest the workbook and serve it; the database's own gates are obeyed. Raises ChildFailed and ServerError."""
    roles = roles_for(ROLE_PREFIX)
    with site.fresh_database() as url:
        task = {"action": "ingest", "url": url, "workbook": str(workbook), "folder": str(folder)}
        with Child("client", force=False, allow_empty=False, keep=1, **task) as client:
            rows = client.asked(go=True)["rows"]
        with open_engine(url, role=roles.api) as engine, engine.connect() as connection:
            truth = read_truth(connection, settings.plant, DETAILS)
        assert truth is not None, "an ingestion that publishes leaves a live run"
        key, known = new_key("benchmark", Scope)
        settings = with_only_key(settings.model_copy(update={"feature_gates_file": None, **UNLIMITED}), known)
        with served(settings, url, roles, workers=WORKERS) as base_url:
            yield Service(base_url, key, truth, rows)
