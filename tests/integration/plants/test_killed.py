"""Exports and removals that are killed by SIGKILL at each of their steps: nothing is left, and they can be repeated."""

from __future__ import annotations

import errno
import os
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.database.engine import connected
from app.database.run_tables import leftover_tables
from app.plants.plants_file import read_plants
from tests.integration.forked import Stem
from tests.integration.plants.conftest import Command
from tests.integration.plants.shared_database import KEPT, Shared, operations

STOPPED = """
import importlib
import os
import sys

folder, module, function, count, *arguments = sys.argv[1:]
os.chdir(folder)
holder = importlib.import_module(module)
plain, calls = getattr(holder, function), 0

def stopping(*given, **named):
    global calls
    calls += 1
    if calls == int(count):
        print("here", flush=True)
        sys.stdin.read()
    return plain(*given, **named)

setattr(holder, function, stopping)
from app.commands.cli import app
app(arguments)
"""
"""Runs a command and stops before the given call of a function of it."""
EXPORT, REMOVAL = "app.ingestion.plant_data.export", "app.ingestion.plant_data.removal"


def killed_before(stem: Stem, shared: Shared, line: str, module: str, function: str, call: int) -> None:
    """Run the command in a process of its own, kill -9 it before that call, and wait until the server has noticed."""
    pipe = subprocess.PIPE
    arguments = (str(Path.cwd()), module, function, str(call), *line.split())
    child = stem.fork(STOPPED, *arguments, environment=os.environ, stdin=pipe, stdout=pipe)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "here\n"
    finally:
        child.discard()
    while _sessions(shared):
        pass


def _sessions(shared: Shared) -> int:
    with connected(shared.url) as connection:
        found: int = connection.execute(
            sa.text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        ).scalar_one()
    return found


@pytest.fixture
def untouched(shared: Shared) -> Iterator[None]:
    """Compares the other plant afterwards: its rows stay as they were."""
    before = shared.rows("south")
    yield
    assert shared.rows("south") == before


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(("function", "call"), [("_copied", 1), ("_copied", 9), ("restore_script", 1)])
def test_killed_export_leaves_no_file(function: str, call: int, stem: Stem, shared: Shared, command: Command) -> None:
    before, files = shared.rows("north"), sorted(Path.cwd().iterdir())
    killed_before(stem, shared, "plant export north --out north.zip", EXPORT, function, call)
    assert sorted(Path.cwd().iterdir()) == files
    assert command("plant export north --out north.zip")[0] == 0
    assert zipfile.ZipFile("north.zip").testzip() is None
    assert [one.ended_at is None for one in operations(shared.url)] == [True, False]
    assert {**shared.rows("north"), KEPT: []} == {**before, KEPT: []}


def test_export_that_was_killed_at_its_end_left_a_whole_file(stem: Stem, shared: Shared, command: Command) -> None:
    killed_before(stem, shared, "plant export north --out north.zip", EXPORT, "end", 1)
    assert zipfile.ZipFile("north.zip").testzip() is None
    code, _, said = command("plant export north --out north.zip")
    assert (code, said) == (1, "north.zip is there already: name another file, or remove that one.")
    assert command("plant export north --out again.zip")[0] == 0


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("module", "function", "call"),
    [
        (REMOVAL, "rows_of_plant", 1),
        (REMOVAL, "_drop_snapshots", 1),
        (REMOVAL, "drop_snapshot", 2),
        (REMOVAL, "_remove_records", 1),
        (REMOVAL, "end", 1),
        ("app.plants.taking_out", "take_out_plant", 1),
    ],
)
def test_killed_removal_is_ended_by_the_next(
    module: str, function: str, call: int, stem: Stem, shared: Shared, command: Command
) -> None:
    line = "plant remove north --yes north"
    killed_before(stem, shared, line, module, function, call)
    code, _, said = command(line)
    assert (code, said) == (0, "")
    assert [table for table, rows in shared.rows("north").items() if rows] == [KEPT]
    assert list(read_plants(Path("plants.toml"))) == ["south"]
    assert operations(shared.url)[-1].ended_at is not None
    with connected(shared.url) as connection:
        assert leftover_tables(connection) == []


def test_export_is_written_where_no_file_can_be_without_a_name(
    shared: Shared, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = os.open

    def without_unnamed(path: Any, flags: int, *arguments: Any, **named: Any) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, "Operation not supported")
        return plain(path, flags, *arguments, **named)

    monkeypatch.setattr(os, "open", without_unnamed)
    assert command("plant export north --out north.zip")[0] == 0
    assert zipfile.ZipFile("north.zip").testzip() is None
    assert (Path("north.zip").stat().st_mode & 0o777, list(Path().glob(".north*"))) == (0o600, [])
