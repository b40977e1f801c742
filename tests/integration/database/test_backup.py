"""Backup and restore as docs/OPERATIONS.md writes them, into a database whose roles do not exist yet."""

from __future__ import annotations

import configparser
import json
import os
import re
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import typer

from app.checkout import ROOT
from app.commands.cli import app
from app.database.access.roles import drop_roles, roles_for
from app.database.bootstrap import bootstrap
from app.database.engine import open_engine
from app.database.providers import Server
from app.database.providers.binaries import wheel_binaries
from app.database.scratch import drop_database, scratch_database
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest
from app.ingestion.run_result import NO_OP
from app.workbook.sample import write_sample

PAGE = (ROOT / "docs" / "OPERATIONS.md").read_text(encoding="utf-8")


TABLES = sa.text(
    "SELECT CAST(oid AS regclass)::text FROM pg_class WHERE relkind IN ('r', 'p')"
    " AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace) ORDER BY 1"
)


def block(comment: str) -> str:
    """The code block of the page below this comment."""
    found = re.search(rf"<!-- {re.escape(comment)}[^\n]*-->\n```\w+\n(.*?)```", PAGE, re.DOTALL)
    assert found, f"OPERATIONS.md has no block {comment}"
    return found.group(1)


def run(commands: str, folder: Path, url: sa.URL, prefix: str) -> str:
    """Run the commands as an operator would, with the client programs of the server's package; return their output."""
    clients = next(wheel_binaries()).folder
    database = url.render_as_string(hide_password=False).replace("+psycopg2", "")
    environment = os.environ | {
        "PATH": f"{clients}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database,
        "DATABASE_NAME": str(url.database),
        "SERVER_URL": database.replace(f"/{url.database}", "/postgres"),
        "ROLE_PREFIX": prefix,
    }
    ended = subprocess.run(
        ["bash", "-euc", commands], cwd=folder, env=environment, text=True, capture_output=True, check=False
    )
    assert ended.returncode == 0, f"{commands}\n{ended.stdout}{ended.stderr}"
    return ended.stdout


def rows_of(url: sa.URL) -> dict[str, list[str]]:
    """The rows of the whole database, by table."""
    with open_engine(url) as engine, engine.connect() as connection:
        tables = connection.execute(TABLES).scalars().all()
        return {
            table: list(connection.execute(sa.text(f"SELECT CAST(t AS text) FROM {table} AS t ORDER BY 1")).scalars())
            for table in tables
        }


@pytest.fixture
def prefixes(server: Server) -> Iterator[tuple[str, str]]:
    """Prefixes of the roles before and after; dropped last, once no database holds anything of theirs."""
    found = (f"before_{secrets.token_hex(3)}", f"after_{secrets.token_hex(3)}")
    yield found
    for prefix in found:
        drop_roles(server.url, roles_for(prefix))


def test_a_restored_backup_is_the_same_and_goes_on(server: Server, prefixes: tuple[str, str], tmp_path: Path) -> None:
    before, after = prefixes
    restored = server.url.set(database=f"restored_{secrets.token_hex(4)}")
    sample = tmp_path / "sample.xlsx"
    write_sample(sample, scale=0.002, seed=1)
    with scratch_database(server.url, prefix="backup") as url:
        bootstrap(server.url, database=str(url.database), roles=roles_for(before))
        ingest(url, sample, roles=roles_for(before), options=Options())
        run(block("backup:"), tmp_path, url, before)
        kept = rows_of(url)
    try:
        said = run(block("restore:"), tmp_path, restored, after)
        assert re.search(r"\blive\b", said.casefold())
        assert rows_of(restored) == kept
        assert ingest(restored, sample, roles=roles_for(after), options=Options()).status == NO_OP
        ingest(restored, sample, roles=roles_for(after), options=Options(force=True))
        listed = json.loads(run("python3 -m app runs --json", tmp_path, restored, after))["runs"]
        assert [one["is_live"] for one in listed] == [True, False]
    finally:
        drop_database(server.url, str(restored.database))


@pytest.mark.parametrize("name", ["prodplan-api.service", "prodplan-worker.service"])
def test_a_unit_starts_a_command_that_there_is(name: str) -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[method-assign,assignment]
    unit.read_string(block(f"unit: {name}"))
    interpreter, *arguments = unit["Service"]["ExecStart"].split()
    assert interpreter.endswith("/.venv/bin/python")
    assert arguments[:2] == ["-m", "app"]
    group = typer.main.get_group(app)
    command, *options = arguments[2:]
    group.commands[command].make_context(command, options)
