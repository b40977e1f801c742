"""Two plants with a database each, and commands run in a folder with their file."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.commands.cli import main
from app.database.access.roles import Roles
from app.database.providers import Server
from app.database.scratch import scratch_database

Command = Callable[[str], tuple[int, str, str]]


def text_of(url: sa.URL) -> str:
    return url.render_as_string(hide_password=False)


@pytest.fixture(scope="module")
def databases(server: Server, template: tuple[str, Roles]) -> Iterator[dict[str, sa.URL]]:
    name, _ = template
    with (
        scratch_database(server.url, template=name, prefix="main") as main_url,
        scratch_database(server.url, template=name, prefix="north") as north_url,
    ):
        yield {"main": main_url, "north": north_url}


@pytest.fixture
def command(
    databases: dict[str, sa.URL],
    template: tuple[str, Roles],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """Runs a command in a folder with two plants; returns exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", text_of(databases["main"]))
    monkeypatch.setenv("NORTH_URL", text_of(databases["north"]))
    monkeypatch.setenv("ROLE_PREFIX", template[0])
    Path("plants.toml").write_text('[plants.north]\ndatabase_url_env = "NORTH_URL"\n', encoding="utf-8")

    def run(line: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["prodplan", *line.split()])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, " ".join(said.err.split())

    return run
