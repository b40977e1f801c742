"""Criterion A: a PostgreSQL is found, is fit, and is made ready, whatever the machine."""

from __future__ import annotations

import re
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.config import Settings
from app.database.access.roles import drop_roles, roles_for
from app.database.bootstrap import Bootstrap, bootstrap
from app.database.engine import check_server, open_engine
from app.database.providers import Server
from app.database.revisions.catalogue import fingerprint
from app.database.scratch import drop_database, scratch_database
from app.database.urls import UnsupportedDatabase, explicit_url, normalise
from tests.acceptance.support.backend import ROOT, Backend, run
from tests.acceptance.support.host_rules import HOST_RULES, HostRule
from tests.acceptance.support.step_runs import run_every_step

pytestmark = pytest.mark.prod_ready

REFUSAL = "PostgreSQL 15+ is required. SQLite is not supported."


@pytest.mark.check("A1")
def test_database_url_resolves_to_postgresql(server: Server, evidence: Any) -> None:
    evidence.record("provider", server.provider, source="app.database.providers.open_server")
    evidence.record("server_version", server.version, source="SHOW server_version")
    assert server.url.get_backend_name() == "postgresql"
    with open_engine(server.url) as engine, engine.connect() as connection:
        assert connection.execute(sa.text("SELECT 1")).scalar_one() == 1


@pytest.mark.check("A2")
@pytest.mark.parametrize(
    "url",
    ["sqlite:///plan.db", "sqlite://", "mysql://u@h/db", "mssql+pyodbc://u@h/db", "oracle://u@h/db", "http://h/db"],
)
def test_other_schemes_are_refused_with_the_exact_message(url: str, evidence: Any) -> None:
    try:
        said = f"accepted as {normalise(url).drivername}"
    except UnsupportedDatabase as refusal:
        said = str(refusal)
    evidence.expect(said, f"what becomes of {url}", source="app.database.urls.normalise").equals(REFUSAL)
    if url != "sqlite:///plan.db":
        return
    command = run([sys.executable, "-m", "app", "bootstrap"], {"PATH": "", "DATABASE_URL": url})
    asked = f"DATABASE_URL={url} python3 -m app bootstrap"
    evidence.expect(command.returncode, "exit code", source=asked).equals(1)
    assert command.stderr.strip() == REFUSAL


@pytest.mark.check("A3")
def test_server_is_fit_and_may_create_scratch_databases(server: Server, evidence: Any) -> None:
    with open_engine(server.url) as engine:
        facts = check_server(engine)
    evidence.expect(facts.version_num, "server version", source="SHOW server_version_num").at_least(150_000)
    evidence.expect(facts.encoding, "encoding", source="SHOW server_encoding").equals("UTF8")
    evidence.expect(facts.in_recovery, "the server is a standby", source="pg_is_in_recovery()").equals(False)
    may = facts.can_create_databases
    evidence.expect(may, f"the login {facts.user} may create databases", source="pg_roles").equals(True)
    with scratch_database(server.url, prefix="gate_probe") as url:
        with open_engine(url) as probe, probe.connect() as connection:
            name = connection.execute(sa.text("SELECT current_database()")).scalar_one()
        assert name == url.database


@pytest.mark.check("A4")
def test_bootstrap_completes_and_a_second_time_changes_nothing(server: Server, token: str, evidence: Any) -> None:
    roles, database = roles_for(f"gate_a4_{token}"), f"gate_a4_{token}"
    try:
        first = bootstrap(server.url, database=database, roles=roles)
        before = catalogue_of(first)
        second = bootstrap(server.url, database=database, roles=roles)
        after = catalogue_of(second)
    finally:
        drop_database(server.url, database)
        drop_roles(server.url, roles)
    evidence.table("bootstrap", ["step", "first", "second"], steps_side_by_side(first, second))
    assert "created" in {step.outcome for step in first.steps}
    repeated = [step.name for step in second.steps if step.outcome != "already"]
    evidence.expect(repeated, "steps that a second bootstrap does again", source="app.database.bootstrap").equals([])
    assert after == before
    assert second.head == first.head


def catalogue_of(report: Bootstrap) -> dict[str, Any]:
    with open_engine(report.url) as engine, engine.connect() as connection:
        return fingerprint(connection)


def steps_side_by_side(first: Bootstrap, second: Bootstrap) -> list[list[str]]:
    again = {step.name: step.outcome for step in second.steps}
    return [[step.name, step.outcome, again.get(step.name, "missing")] for step in first.steps]


@pytest.mark.check("A5")
@pytest.mark.usefixtures("begun_when_empty")
def test_every_step_runs_with_an_empty_path(empty_backend: Backend, tmp_path: Path, evidence: Any) -> None:
    with empty_backend.clone() as backend:
        ran = run_every_step(backend, tmp_path)
    rows = [[one.name, one.exit_code, one.expected, one.wrong or "works"] for one in ran]
    evidence.table("steps with an empty PATH", ["step", "exit", "exit of a sound backend", "seen"], rows)
    wrong = [f"{one.name} {one.wrong}" for one in ran if one.wrong]
    assert not wrong, f"with an empty PATH: {'; '.join(wrong)}"


@pytest.mark.check("A6")
@pytest.mark.parametrize("rule", HOST_RULES, ids=lambda rule: rule.name)
def test_host_rules(rule: HostRule, evidence: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "DATABASE_URL_HOST", "DATABASE_URL_DOCKER", "IN_DOCKER"):
        monkeypatch.delenv(name, raising=False)  # the gate itself may have been given one
    settings = Settings(_env_file=None, **rule.given)
    if rule.refused:
        try:
            found = str(explicit_url(settings))
        except rule.refused as refusal:
            found = "refused"
            evidence.record(rule.name, str(refusal), source="app.database.urls.explicit_url")
        evidence.expect(found, rule.name, source="app.database.urls.explicit_url").equals("refused")
        return
    url = explicit_url(settings)
    evidence.expect(url and url.host, rule.name, source="app.database.urls.explicit_url").equals(rule.host)


@pytest.mark.check("A7")
def test_compose_waits_for_a_healthy_db_and_reaches_it_by_name(evidence: Any) -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]
    asked = services["db"]["healthcheck"]["test"]
    assert any("pg_isready" in str(part) for part in asked), f"db is asked by {asked}, not by pg_isready"
    for name in ("migrate", "api", "worker"):
        environment, waits_for = services[name]["environment"], services[name]["depends_on"]["db"]["condition"]
        assert str(environment["IN_DOCKER"]).lower() == "true", f"{name}: IN_DOCKER"
        assert re.search(r"@db(:5432)?/", environment["DATABASE_URL_DOCKER"]), f"{name}: DATABASE_URL_DOCKER reaches db"
        evidence.expect(waits_for, f"{name} waits for db", source="docker-compose.yml").equals("service_healthy")


@pytest.mark.check("A8")
def test_installed_packages_equal_the_lock(evidence: Any) -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pinned = [Requirement(line.rstrip(" \\")) for line in lines if re.match(r"[A-Za-z0-9]", line)]
    wanted = {
        canonicalize_name(pin.name): next(iter(pin.specifier)).version
        for pin in pinned
        if pin.marker is None or pin.marker.evaluate()
    }
    own = {"pip", "setuptools", "prodplan"}
    installed = {canonicalize_name(found.name): found.version for found in distributions()}
    differing = {
        name: (wanted.get(name), installed.get(name))
        for name in (wanted.keys() | installed.keys()) - own
        if wanted.get(name) != installed.get(name)
    }
    evidence.record("locked_packages", len(wanted), unit="packages", source="requirements.lock")
    evidence.table("differences", ["package", "locked", "installed"], [[n, *v] for n, v in sorted(differing.items())])
    assert not differing, f"packages that differ from the lock (locked, installed): {differing}"
