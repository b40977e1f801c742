"""Triage without a run: each probe finds its fault, in the gate's form, and one that breaks off stops no other."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import sqlalchemy as sa

from app.database.engine import connected
from app.database.trouble import sentence_of
from app.plants.directory import UnknownPlant
from app.triage import backend, machine_probes
from app.triage.examined import examining
from app.triage.probe import AS_IT_SAYS, Probe, causes, findings

PROBES = {probe.check: probe for probe in (*machine_probes.PROBES, *backend.PROBES)}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with nothing in it, and nothing configured but where the local server's data would lie."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "DATABASE_URL_HOST", "IN_DOCKER", "FEATURE_GATES_FILE", "POSTGRES_MAJOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path / "local"))
    return tmp_path


def found(check: str) -> list[str]:
    return [cause.sentence for cause in causes(PROBES[check])]


def test_finding_has_every_field_that_the_gates_have() -> None:
    def two() -> Iterator[str]:
        yield "first"
        raise KeyError("a fault of ours")

    def another() -> Iterator[str]:
        yield "third"

    probe = Probe("water", "ENV", two, "look", ["plug it in"], "it boils")
    told = findings([probe, Probe("tea", "DOCKER", another, "look", ["drink"], "it is drunk")])
    assert [(one["id"], one["category"], one["root_cause"]) for one in told] == [
        ("FINDING-01", "ENV", "first"),
        ("FINDING-02", "ENV", "KeyError: 'a fault of ours'"),
        ("FINDING-03", "DOCKER", "third"),
    ]
    required = {"check", "reproduction", "fix_plan", "acceptance", "evidence", "same_cause_as", "blocks"}
    assert required <= told[0].keys()


def test_database_that_cannot_be_asked_is_told_once_and_its_remedy_is_in_the_sentence() -> None:
    def refused() -> Iterator[str]:
        with connected("postgresql://u@127.0.0.1:1/x"):
            yield "never"

    probes = [Probe(check, "ENV", refused, "look", ["make ingest"], "it answers") for check in "ab"]
    told = findings(probes)
    assert [one["check"] for one in told] == ["a"]
    assert told[0]["root_cause"].startswith("No connection to PostgreSQL at 127.0.0.1:1/x as u, because ")
    assert told[0]["fix_plan"] == [AS_IT_SAYS]


def test_error_of_the_database_is_told_without_its_statement() -> None:
    wrong = sa.exc.InternalError("SELECT secret", {}, psycopg2.InternalError("broken"))
    assert sentence_of(wrong) == "InternalError: broken"


def test_categories_are_the_declared_ones_and_every_probe_says_what_to_do() -> None:
    assert {probe.category for probe in PROBES.values()} >= {"ENV", "MIGRATIONS", "DOCKER", "INGESTION", "PERFORMANCE"}
    assert all(probe.fix and probe.acceptance and probe.reproduction for probe in PROBES.values())


def test_setting_that_cannot_be_used_is_found_by_every_probe_that_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETENTION_KEEP", "none")
    for check in ("settings", "server", "schema"):
        assert "RETENTION_KEEP" in found(check)[0]


def test_package_that_differs_from_the_lock_is_named(project: Path) -> None:
    lock = [
        "rich==0.0.1 \\",
        "    --hash=sha256:00",
        "absent==1.0 \\",
        "pywin32==312 ; sys_platform == 'win32' \\",
        "typer==0.0.2 ; python_full_version < '3.0' \\",
    ]
    (project / "requirements.lock").write_text("\n".join(lock), encoding="utf-8")
    (cause,) = found("packages")
    assert "absent missing instead of 1.0" in cause
    assert "rich " in cause
    assert "typer " in cause
    assert "pywin32" not in cause


def test_missing_lock_is_a_finding_and_no_crash() -> None:
    assert "requirements.lock" in found("packages")[0]


def test_folder_that_cannot_be_written_is_named(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert found("disk") == []
    (project / "docs").write_text("a file", encoding="utf-8")
    assert found("disk") == [f"{project / 'docs'} is a file, and docs must be a folder"]
    monkeypatch.setenv("LOCAL_DIR", "/proc/nowhere")
    assert "/proc cannot be written" in found("disk")


@pytest.mark.parametrize("state", ["missing", "refusing", "hanging", "no engine"])
def test_docker_engine_that_does_not_answer_is_of_the_category_docker(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    path = tmp_path_factory.mktemp("s") / "docker.sock"
    monkeypatch.setattr("app.database.providers.containers.PROBE_TIMEOUT_S", 0.2)
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    with socket.socket(socket.AF_UNIX) as listener:
        if state != "missing":
            listener.bind(str(path))
        if state == "hanging":
            listener.listen()
        if state == "no engine":
            path.unlink()
            path.write_text("a file", encoding="utf-8")
        (cause,) = found("docker")
    assert "no Docker engine answers at unix://" in cause
    assert PROBES["docker"].category == "DOCKER"


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("sqlite:///plan.db", "PostgreSQL 15+ is required. SQLite is not supported."),
        ("postgresql://u:secret@127.0.0.1:1/plan", "No connection to PostgreSQL at 127.0.0.1:1/plan"),
        ("no url", "cannot be read"),
    ],
)
def test_database_that_cannot_be_used_is_told_by_its_own_sentence(
    monkeypatch: pytest.MonkeyPatch, url: str, told: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    for check in ("server", "schema", "live run"):
        (cause,) = found(check)
        assert told in cause
        assert "secret" not in cause


def test_machine_where_no_step_was_taken_lacks_schema_and_run_and_no_server_is_started(project: Path) -> None:
    assert found("server") == []
    assert found("schema") == ["there is no database with a schema yet"]
    assert found("live run") == ["plant main has no live run"]
    assert not (project / "local").exists()


def test_files_of_the_steps_are_looked_at_where_they_are(project: Path) -> None:
    assert found("FEATURE_GATES.json") == found("SLO_RESULTS.json") == []
    (project / "docs" / "perf").mkdir(parents=True)
    (project / "docs" / "FEATURE_GATES.json").write_text("{", encoding="utf-8")
    (project / "docs" / "perf" / "SLO_RESULTS.json").write_text("[]", encoding="utf-8")
    assert found("FEATURE_GATES.json") == ["the gates file is not JSON"]
    assert "violates its schema" in found("SLO_RESULTS.json")[0]


def test_plant_that_is_named_is_looked_at_instead_of_the_default_one(project: Path) -> None:
    closed = socket.create_server(("127.0.0.1", 0))
    port = closed.getsockname()[1]
    closed.close()
    url = f"postgresql://nobody@127.0.0.1:{port}/north"
    (project / "plants.toml").write_text(f"[plants.north]\ndatabase_url = '{url}'\n")
    assert found("server") == []
    with examining("north"):
        (cause,) = found("server")
        assert str(port) in cause
        gates = project / "docs" / "plants" / "north" / "FEATURE_GATES.json"
        gates.parent.mkdir(parents=True)
        gates.write_text("{}")
        assert "violates its schema" in found("FEATURE_GATES.json")[0]
    assert found("FEATURE_GATES.json") == found("server") == []


def test_plant_that_nobody_declared_is_refused_before_anything_is_looked_at(project: Path) -> None:
    with pytest.raises(UnknownPlant, match="no plant 'south'"), examining("south"):
        raise AssertionError("it was looked at")


def test_faulty_file_of_plants_is_found_by_the_settings_probe(project: Path) -> None:
    (project / "plants.toml").write_text("[plants.north]\ncolour = 'red'\n")
    assert "plants.toml" in found("settings")[0]
