"""Session fixtures of the gate: one server, one database at head, one ingestion, one served API, one oracle."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.config import Settings, load_settings
from app.database.access.roles import drop_roles, roles_for
from app.database.bootstrap import Bootstrap, bootstrap
from app.database.providers import Server, open_server
from app.database.revisions.migrate import head
from app.database.scratch import drop_database
from app.ingestion.run_result import IngestionResult
from app.workbook.opc.digest import sha256_of
from app.workbook.sample import write_sample
from tests.acceptance.support.ahead import Ahead, started_ahead
from tests.acceptance.support.backend import Api, Backend
from tests.acceptance.support.beside import OracleBeside
from tests.acceptance.support.errands.fixtures import (  # noqa: F401  pytest finds them by this module's names
    begun_when_empty,
    begun_when_ingested,
    crossings_seen,
    degraded_seen,
    emptying_seen,
    errands,
    exit_codes_seen,
    is_wanted,
    killed_seen,
    nothing_begun,
    refused_seen,
    small_workbook,
    tampered_seen,
    trial_over,
    two_exports_seen,
)
from tests.acceptance.support.expected_answers import Expected
from tests.acceptance.support.page.seen import SEEN, first_refused
from tests.acceptance.support.subject import SUBJECT
from tests.acceptance.support.trial import Trial, on_trial
from tests.acceptance.support.watching.machine_watch import BEGUN, Begun
from tests.oracle import Oracle

SAMPLE_SCALE, SAMPLE_SEED = 0.03, 7


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[BEGUN] = Begun.now()


@pytest.fixture(autouse=True)
def begun(request: pytest.FixtureRequest, evidence: Any) -> Iterator[Begun]:
    """The machine as this check began; how busy it was until its end becomes evidence."""
    begun: Begun = request.node.stash[BEGUN]
    yield begun
    evidence.record("machine", begun.described(), source="/proc/stat, /proc/*/stat: this check and its fixtures")


@pytest.fixture(scope="session")
def subject(pytestconfig: pytest.Config) -> dict[str, Any]:
    return pytestconfig.stash[SUBJECT]


@pytest.fixture(scope="session")
def settings() -> Settings:
    return load_settings()


@pytest.fixture(scope="session")
def server(settings: Settings, pytestconfig: pytest.Config, subject: dict[str, Any]) -> Iterator[Server]:
    with open_server(settings, pytestconfig.getoption("--postgres"), say=print) as server:
        subject["database"] = {"provider": server.provider, "server_version": server.version}
        yield server


@pytest.fixture(scope="session")
def token() -> str:
    """Makes the names of this gate's databases and roles its own on a shared server."""
    return secrets.token_hex(4)


@pytest.fixture(scope="session")
def bootstrapped(server: Server, token: str, subject: dict[str, Any]) -> Iterator[Bootstrap]:
    """The gate's own empty database at head, with its own roles; both removed at the end."""
    roles = roles_for(f"gate_{token}")
    database = f"gate_{token}"
    try:
        report = bootstrap(server.url, database=database, roles=roles)
        subject["migration_head"] = report.head
        yield report
    finally:
        drop_database(server.url, database)
        drop_roles(server.url, roles)


@pytest.fixture(scope="session")
def empty_backend(server: Server, bootstrapped: Bootstrap, settings: Settings) -> Backend:
    """The database at head with nothing ingested: clone it, never write to it."""
    assert bootstrapped.head == head()
    return Backend(server, bootstrapped.url, bootstrapped.roles, settings)


@pytest.fixture(scope="session")
def workbook(
    pytestconfig: pytest.Config, settings: Settings, tmp_path_factory: pytest.TempPathFactory, subject: dict[str, Any]
) -> Path:
    """The workbook under proof: --workbook, PRODPLAN_WORKBOOK, or a sample."""
    given = pytestconfig.getoption("--workbook") or settings.prodplan_workbook
    path = Path(given) if given else tmp_path_factory.mktemp("workbook") / "sample.xlsx"
    if not given:
        write_sample(path, scale=SAMPLE_SCALE, seed=SAMPLE_SEED)
    subject["workbook"] = {"kind": "given" if given else "sample", "name": path.name, "sha256": sha256_of(path)}
    return path


@pytest.fixture(scope="session")
def oracle_beside(
    workbook: Path, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OracleBeside]:
    """The oracle's process. Criteria A and B leave it a processor; what is timed comes after its end."""
    answers = is_wanted(request.session, "expected_answers")
    beside = OracleBeside(workbook, tmp_path_factory.mktemp("oracle"), answers=answers)
    yield beside
    beside.close()


@dataclass(frozen=True)
class Ingested:
    """The gate's one ingestion: where it landed and what it said of itself."""

    backend: Backend
    result: IngestionResult


@pytest.fixture(scope="session")
def ingested(
    empty_backend: Backend,
    workbook: Path,
    run_folder: Path,
    subject: dict[str, Any],
    request: pytest.FixtureRequest,
) -> Iterator[Ingested]:
    beside = request.getfixturevalue("oracle_beside") if is_wanted(request.session, "oracle_beside") else None
    with empty_backend.clone() as backend:
        result = backend.ingest(workbook, reports_dir=run_folder, gates_file=run_folder / "FEATURE_GATES.json")
        subject["ingestion_run_id"] = result.run_id
        if beside is not None:
            beside.tell(result.run_id)
        request.config.stash[SEEN].refused = first_refused(backend, result.run_id)
        yield Ingested(backend, result)


@pytest.fixture(scope="session")
def pristine(ingested: Ingested) -> Backend:
    """The database after the gate's ingestion. Clone it to write or to stay connected, because clones need it
    unused."""
    return ingested.backend


@pytest.fixture(scope="session")
def ingestion(ingested: Ingested) -> IngestionResult:
    return ingested.result


@pytest.fixture(scope="session")
def oracle(oracle_beside: OracleBeside) -> Iterator[Oracle]:
    """The independent witness: openpyxl's cells in DuckDB."""
    oracle = oracle_beside.oracle()
    yield oracle
    oracle.close()


@pytest.fixture(scope="session")
def expected_answers(oracle_beside: OracleBeside, oracle: Oracle, ingestion: IngestionResult) -> Expected:
    """The answers that the workbook alone gives, with the number of the gate's ingestion, which was told it."""
    return oracle_beside.answers()


@pytest.fixture(scope="session")
def backend(pristine: Backend) -> Iterator[Backend]:
    """The ingested database that the served API reads; read only for the checks."""
    with pristine.clone() as clone:
        yield clone


@pytest.fixture(scope="session")
def api_ahead(backend: Backend, run_folder: Path) -> Iterator[Ahead[Api]]:
    with started_ahead(backend.served(run_folder / "FEATURE_GATES.json")) as ahead:
        yield ahead


@pytest.fixture(scope="session")
def api(api_ahead: Ahead[Api]) -> Api:
    """The API served on the ingested database, obeying the run's FEATURE_GATES.json."""
    return api_ahead.ready()


@pytest.fixture(scope="session")
def trial_ahead(empty_backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ahead[Trial]]:
    with empty_backend.clone() as backend, started_ahead(on_trial(backend, tmp_path_factory.mktemp("gates"))) as ahead:
        yield ahead
