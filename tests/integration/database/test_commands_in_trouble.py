"""Commands fail with one sentence on a database without schema, on a standby, and on a server that goes away."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.api.http.problems import STANDBY, of_database
from app.commands.cli import main
from app.config import load_settings
from app.database.access.roles import roles_for
from app.database.bootstrap import bootstrap
from app.database.engine import make_engine
from app.database.providers import Server
from app.database.providers.binaries import usable, wheel_binaries
from app.database.providers.cluster import THROWAWAY, Cluster, initialise, loopback_url, new_password, serve
from app.database.providers.embedded import account_for
from app.database.providers.keeper import DATA, stop_server
from app.database.providers.keeper_client import Keeper
from app.database.providers.space import data_base
from app.database.revisions import at_head
from app.database.scratch import scratch_database
from app.ingestion.pipeline import ingest
from app.ingestion.runs.run_history import list_runs
from app.triage.probe import AS_IT_SAYS
from tests.integration.database.conftest import Ready
from tests.integration.ingestion.factory import factory, save
from tests.integration.wires import wire
from tests.unpooled import unpooled

PREFIX = "standby"
RUNNING = sa.text("""
    INSERT INTO audit.ingestion_runs
           (plant, excel_sha256, workbook_name, requested_by, status, backend_pid, started_at)
    VALUES ('main', repeat('0', 64), 'book.xlsx', 'test', 'RUNNING', 1, now() - CAST(:age AS interval))""")
IN_TROUBLE = ("feature-gates --out gates.json", "ingest {book}", "publish 1", "retain", "runs", "slo-results")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("book") / "book.xlsx", factory())


@pytest.fixture(scope="module")
def standby(book: Path) -> Iterator[sa.URL]:
    """A hot standby that holds one run: a primary's data, started again as one that waits for its log."""
    account = account_for("embedded")
    with Keeper.throwaway(data_base(account), account) as kept_by:
        binaries = usable(wheel_binaries(), account, load_settings().postgres_major, kept_by.folder / "binaries")
        cluster = Cluster(kept_by.folder / DATA, binaries, account, new_password(), kept_by.folder / "server.log")
        initialise(cluster, kept_by, sync=False)
        options = THROWAWAY | {"wal_level": "replica"}
        primary = loopback_url(serve(cluster, kept_by, options, lasting=False), cluster.password)
        roles = roles_for(PREFIX)
        url = bootstrap(primary, database="factory", roles=roles).url
        ingest(url, book, roles=roles)
        with unpooled(url).begin() as connection:
            for age in ("0 s", "1 hour"):
                connection.execute(RUNNING, {"age": age})
        assert stop_server(cluster.data)
        (cluster.data / "standby.signal").touch()
        yield url.set(port=serve(cluster, kept_by, options, lasting=False))


def test_standby_shows_a_run_as_running_until_it_is_silent_for_long(standby: sa.URL) -> None:
    with unpooled(standby, roles_for(PREFIX).api).connect() as connection:
        silent, at_work = list_runs(connection, "main", limit=2, before=None)
    assert (at_work.status, silent.status) == ("RUNNING", "FAILED")


def told(
    command: str, url: sa.URL, prefix: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str]:
    """Exit code and stderr of a command; an exception that is no exit fails the test."""
    monkeypatch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))
    monkeypatch.setenv("ROLE_PREFIX", prefix)
    monkeypatch.setattr(sys, "argv", ["prodplan", *command.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0), " ".join(capsys.readouterr().err.split())


@pytest.mark.parametrize("command", IN_TROUBLE)
def test_database_without_schema_is_one_sentence(
    command: str,
    book: Path,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with scratch_database(server.url, prefix="bare") as url:
        code, said = told(command.format(book=book), url, PREFIX, monkeypatch, capsys)
    assert (code, "bootstrap" in said) == (1, True), said


@pytest.mark.parametrize(
    "command",
    [
        "bootstrap",
        "migrate-from-zero",
        "ingest {book} --force",
        "publish 1",
    ],
)
def test_standby_is_one_sentence(
    command: str,
    book: Path,
    standby: sa.URL,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    code, said = told(command.format(book=book), standby, PREFIX, monkeypatch, capsys)
    assert (code, "standby" in said) == (1, True), said


@pytest.mark.parametrize("command", ["feature-gates --out gates.json", "runs", "ingest {book}", "retain"])
def test_standby_answers_what_only_reads(
    command: str,
    book: Path,
    standby: sa.URL,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert told(command.format(book=book), standby, PREFIX, monkeypatch, capsys)[0] == 0


@pytest.fixture(scope="module")
def factory_url(server: Server, template: Ready, book: Path) -> Iterator[sa.URL]:
    """A database at head that holds one run, live."""
    with scratch_database(server.url, template=template.url.database, prefix="cut") as url:
        ingest(url, book, roles=template.roles)
        yield url


@pytest.mark.parametrize(
    ("command", "at"),
    [
        ("bootstrap", b"alembic_version"),
        ("migrate-from-zero", b"CREATE TABLE"),
        ("ingest {book} --force", b"INSERT INTO audit.ingestion_runs"),
        ("ingest {book} --force", b"COPY staging."),
        ("ingest {book} --force", b"UPDATE audit.ingestion_runs"),
        ("publish 1", b"INSERT INTO core.current_snapshot"),
        ("retain", b"inhdetachpending"),
        ("feature-gates --out gates.json", b"core.current_snapshot"),
        ("runs", b"audit.ingestion_runs"),
    ],
)
def test_connection_cut_in_the_middle_is_one_sentence(
    command: str,
    at: bytes,
    book: Path,
    factory_url: sa.URL,
    template: Ready,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    with wire(factory_url, (at, None)) as url:
        code, said = told(command.format(book=book), url, template.roles.prefix, monkeypatch, capsys)
    assert (code, "server closed the connection" in said or "lost" in said) == (1, True), said


@pytest.fixture
def stranger(factory_url: sa.URL, template: Ready) -> Iterator[sa.URL]:
    """The database as a login that may not act as any of its roles."""
    name = f"stranger_{template.roles.prefix}"
    with unpooled(factory_url).begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN PASSWORD 'stranger'")
    try:
        yield factory_url.set(username=name, password="stranger")
    finally:
        with unpooled(factory_url).begin() as connection:
            connection.exec_driver_sql(f"DROP ROLE {name}")


@pytest.mark.parametrize("command", ["runs", "ingest {book} --force", "retain", "feature-gates --out gates.json"])
def test_login_that_may_not_act_as_the_role_is_told_so(
    command: str,
    book: Path,
    stranger: sa.URL,
    template: Ready,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    code, said = told(command.format(book=book), stranger, template.roles.prefix, monkeypatch, capsys)
    assert (code, f'run GRANT "{template.roles.prefix}' in said) == (1, True), said
    assert "check that it runs" not in said


@pytest.mark.parametrize("command", ["doctor", "triage"])
def test_login_without_privileges_is_told_once_and_without_statements(
    command: str,
    stranger: sa.URL,
    template: Ready,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "requirements.lock").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", stranger.render_as_string(hide_password=False))
    monkeypatch.setenv("ROLE_PREFIX", template.roles.prefix)
    monkeypatch.setattr(sys, "argv", ["prodplan", command, "--json"])
    with pytest.raises(SystemExit):
        main()
    output = capsys.readouterr().out
    found = [one for one in json.loads(output)["findings"] if "lacks a privilege" in one["root_cause"]]
    assert [one["check"] for one in found] == ["schema"]
    assert found[0]["fix_plan"] == [AS_IT_SAYS]
    assert "SELECT" not in output


@pytest.mark.parametrize("command", ["runs", "ingest {book} --force", "retain"])
def test_command_does_not_wait_for_ever_for_a_lock_of_others_on_the_revision(
    command: str,
    book: Path,
    factory_url: sa.URL,
    template: Ready,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(at_head, "LOCK_WAIT_MS", 100)
    with unpooled(factory_url).begin() as other:
        other.exec_driver_sql("LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE")
        code, said = told(command.format(book=book), factory_url, template.roles.prefix, monkeypatch, capsys)
    assert (code, "gave the statement up" in said, "lock timeout" in said) == (1, True, True), said


def test_gates_that_cannot_be_written_for_a_live_workbook_are_one_sentence(
    book: Path,
    factory_url: sa.URL,
    template: Ready,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "no_folder").touch()
    monkeypatch.setenv("FEATURE_GATES_FILE", str(tmp_path / "no_folder" / "gates.json"))
    code, said = told(f"ingest {book}", factory_url, template.roles.prefix, monkeypatch, capsys)
    assert (code, "holds this workbook and is live, but" in said) == (1, True), said


def test_request_to_a_standby_is_503(standby: sa.URL) -> None:
    engine = make_engine(standby)
    with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError) as refusal:
        connection.exec_driver_sql("SELECT nextval('audit.ingestion_runs_run_id_seq')")
    engine.dispose()
    assert getattr(refusal.value.orig, "pgcode", None) == STANDBY
    assert (of_database(refusal.value).status, of_database(refusal.value).code) == (503, "READ_ONLY_DATABASE")
