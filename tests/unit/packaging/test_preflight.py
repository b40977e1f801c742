"""Faults of the workbook and the server that are reported before a gate run begins."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from app.config import Settings, load_settings
from tests.acceptance.support.preflight import faults


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("DATABASE_URL", "DATABASE_URL_HOST", "DATABASE_URL_DOCKER", "PRODPLAN_WORKBOOK", "POSTGRES_MAJOR"):
        monkeypatch.delenv(name, raising=False)
    return load_settings()


@pytest.mark.parametrize(
    ("content", "fault"),
    [(None, "there is no such file."), (b"a,b\n1,2\n", "it is no .xlsx workbook."), (b"", "it is no .xlsx workbook.")],
)
def test_workbook_that_cannot_be_read_is_a_fault(
    settings: Settings, tmp_path: Path, content: bytes | None, fault: str
) -> None:
    path = tmp_path / "export.xlsx"
    if content is not None:
        path.write_bytes(content)
    assert list(faults(settings, path, None, release=False)) == [f"--workbook {path}: {fault}"]
    told = list(faults(settings.model_copy(update={"prodplan_workbook": path}), None, None, release=False))
    assert told == [f"PRODPLAN_WORKBOOK {path}: {fault}"]


def test_folder_is_no_workbook(settings: Settings, tmp_path: Path) -> None:
    assert list(faults(settings, tmp_path, None, release=False)) == [f"--workbook {tmp_path}: it is no file."]


def test_release_needs_a_workbook(settings: Settings) -> None:
    assert list(faults(settings, None, None, release=False)) == []
    assert list(faults(settings, None, None, release=True)) == [
        "--gate-release needs the real workbook: use --workbook."
    ]


def test_external_server_needs_a_url_that_answers(settings: Settings) -> None:
    (unset,) = faults(settings, None, "external", release=False)
    assert unset == "--postgres external: DATABASE_URL and DATABASE_URL_HOST are not set."
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        url = f"postgresql://a:b@127.0.0.1:{port}/c"
        assert list(faults(load_settings(database_url=url), None, "external", release=False)) == []
    (silent,) = faults(load_settings(database_url=url), None, "external", release=False)
    assert silent.startswith(f"--postgres external: nothing answers at 127.0.0.1:{port} (")


def test_url_of_another_database_is_a_fault_of_the_provider(settings: Settings) -> None:
    (told,) = faults(load_settings(database_url="sqlite:///a"), None, "external", release=False)
    assert told == "--postgres external: PostgreSQL 15+ is required. SQLite is not supported."


def test_docker_that_does_not_answer_is_a_fault(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    (told,) = faults(settings, None, "testcontainers", release=False)
    assert "no Docker engine answers" in told


def test_binaries_of_no_wanted_version_are_a_fault(settings: Settings) -> None:
    assert list(faults(settings, None, "embedded", release=False)) == []
    (told,) = faults(load_settings(postgres_major=99), None, "embedded", release=False)
    assert told.startswith("--postgres embedded: ") and "wanted is 99" in told


def test_only_the_named_binaries_are_looked_at(settings: Settings, tmp_path: Path) -> None:
    named = settings.model_copy(update={"postgres_binaries": tmp_path / "bin"})
    (fault,) = faults(named, None, "system", release=False)
    assert str(tmp_path) in fault
    assert "; " not in fault, "one reason, of one place"
