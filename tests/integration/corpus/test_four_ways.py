"""Cases of the corpus in a database: by the command and by the upload, whole and in pieces, they end alike, as the
corpus says, and as `inspect` says.

A run of the tests takes one case of each kind by two ways, the command whole and the upload in pieces. `make corpus`
(`--every-case`) takes every case by all four, and prints a table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.database.access.roles import Roles
from app.database.providers import Server
from app.database.scratch import scratch_database
from tests.corpus.case import REFUSED, Case
from tests.corpus.cases import CASES, runs
from tests.corpus.reading import MOST_MB
from tests.integration.corpus.conftest import Taken
from tests.integration.corpus.desk import COMMAND, FOUR_WAYS, UPLOAD_IN_PIECES, Desk
from tests.integration.corpus.differences import differences
from tests.integration.worker.conftest import Plant

MOST_CASES = 31
TWO_WAYS = (COMMAND, UPLOAD_IN_PIECES)
CASES_OF_A_DATABASE = 40
NAMEABLE = [case for case in CASES if "\0" not in case.file_name]
"""No command line can hold a zero, and no file's name."""

Databases = Callable[[int], Plant]


def sample() -> list[Case]:
    """One case of each group, of each refusal's code, and of each way in which a run ends."""
    found: dict[object, Case] = {}
    for case in CASES:
        of_run = (
            case.run,
            case.run_says[-1:],
            bool(case.warned),
            case.live is not None and not case.run,
        )
        kind = case.code if case.ends == REFUSED else of_run if case.group == runs.GROUP else case.group
        found.setdefault(kind, case)
    return list(found.values())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "case" in metafunc.fixturenames:
        cases = NAMEABLE if metafunc.config.getoption("--every-case") else sample()
        metafunc.parametrize("case", cases, ids=[f"{case.group}: {case.name}" for case in cases])


@pytest.fixture(scope="module")
def databases(
    server: Server, template: tuple[str, Roles], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Databases]:
    """The database for the case at a place, one for each few: thousands of partitions would make the last ones slow."""
    name, roles = template
    opened: dict[int, Plant] = {}
    with ExitStack() as stack:

        def database(place: int) -> Plant:
            block = place // CASES_OF_A_DATABASE
            if block not in opened:
                stack.close()
                opened.clear()
                url = stack.enter_context(scratch_database(server.url, template=name, prefix="corpus"))
                opened[block] = Plant(url, roles, tmp_path_factory.mktemp("inbox"))
            return opened[block]

        yield database


@pytest.fixture
def desk(
    databases: Databases,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> Desk:
    database = databases(request.node.callspec.indices["case"])
    for setting, value in {
        "DATABASE_URL": database.url.render_as_string(hide_password=False),
        "ROLE_PREFIX": database.roles.prefix,
        "MAX_EXPANDED_MB": str(MOST_MB),
        "FEATURE_GATES_FILE": str(tmp_path / "gates.json"),
        "UPLOAD_DIR": str(database.inbox.uploads),
        "EXPORT_DIR": str(database.inbox.exports),
    }.items():
        monkeypatch.setenv(setting, value)
    name = f"case {hashlib.sha256(request.node.callspec.id.encode()).hexdigest()[:16]}"
    return Desk(database, name, tmp_path, monkeypatch, capsys)


def test_the_sample_has_one_of_each_kind_and_stays_small() -> None:
    chosen = sample()
    assert len(chosen) <= MOST_CASES
    assert {case.group for case in CASES if case.ends != REFUSED} == {case.group for case in chosen}
    assert {case.code for case in CASES} == {case.code for case in chosen}
    assert {case.run for case in CASES} == {case.run for case in chosen}


def test_every_way_ends_alike(desk: Desk, case: Case, taken: Taken, pytestconfig: pytest.Config) -> None:
    every = pytestconfig.getoption("--every-case")
    path = case.write(desk.folder)
    ways = [way for way in (FOUR_WAYS if every else TWO_WAYS) if way.is_open_to(path)]
    taken(case.group, len(ways))
    found = differences(desk, case, path, ways, FOUR_WAYS[:2] if every else [UPLOAD_IN_PIECES])
    assert found == []
