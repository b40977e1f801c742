"""The revisions as scripts: one line from nothing to one head, frozen, bounded, and without objection by squawk."""

from __future__ import annotations

import ast
import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

from app.checkout import ROOT
from app.database.revisions.latest import latest
from app.database.revisions.migrate import (
    LOCK_TIMEOUT_MS,
    STATEMENT_TIMEOUT_MS,
    head,
    irreversible,
    offline_sql,
    revisions,
    scripts,
)

SQUAWK = Path(sysconfig.get_path("scripts")) / "squawk"
VERSIONS = sorted((ROOT / "migrations" / "versions").glob("*.py"))

KNOWN_BAD = (
    "ALTER TABLE core.work_orders ADD COLUMN spare bigint NOT NULL;",
    "CREATE INDEX spare ON core.work_orders (product_id);",
    "ALTER TABLE core.work_orders ALTER COLUMN product_id TYPE text;",
    "ALTER TABLE core.work_orders RENAME COLUMN product_id TO spare;",
    "ALTER TABLE audit.rejected_rows ADD CONSTRAINT spare CHECK (excel_row > 0);",
)


def squawk(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SQUAWK, "--config", ROOT / ".squawk.toml", path], capture_output=True, text=True, timeout=60, check=False
    )


def test_revisions_are_one_line_from_nothing_to_one_head() -> None:
    assert len(scripts().get_heads()) == len(scripts().get_bases()) == 1
    assert revisions() == [path.name.partition("_")[0] for path in VERSIONS]
    assert latest() == head()


@pytest.mark.parametrize("path", [*VERSIONS, ROOT / "migrations" / "env.py"], ids=lambda path: path.name)
def test_migrations_import_nothing_of_app(path: Path) -> None:
    imported: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert imported <= {"__future__", "alembic", "pathlib", "sqlalchemy"}


@pytest.mark.parametrize("path", VERSIONS, ids=lambda path: path.name)
def test_a_revision_is_either_undone_or_declares_why_it_cannot_be(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    (down,) = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "downgrade"]
    undoes = not isinstance(down.body[0], ast.Pass | ast.Raise)
    reason = irreversible().get(path.name.partition("_")[0], "")
    assert undoes != bool(reason)
    assert not reason or re.fullmatch(r"[A-Z].{20,}\.", reason), "one sentence that says why"


def test_squawk_has_no_objection_to_the_whole_way(tmp_path: Path) -> None:
    script = tmp_path / "upgrade.sql"
    script.write_text(offline_sql("base", "head"), encoding="utf-8")
    linted = squawk(script)
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("statement", KNOWN_BAD)
def test_squawk_objects_to_what_blocks(statement: str, tmp_path: Path) -> None:
    script = tmp_path / "upgrade.sql"
    head = revisions()[-1]
    script.write_text(f"{offline_sql(head, head)}BEGIN;\n{statement}\nCOMMIT;\n", encoding="utf-8")
    assert squawk(script).returncode != 0


def test_offline_sql_is_as_bounded_as_a_migration() -> None:
    script = offline_sql("base", "head")
    assert script.startswith(
        f"SET lock_timeout = '{LOCK_TIMEOUT_MS}ms';\nSET statement_timeout = '{STATEMENT_TIMEOUT_MS}ms';\n"
    )
    assert script.count("BEGIN;") == script.count("COMMIT;") == len(revisions())


@pytest.mark.parametrize("start", revisions())
def test_offline_sql_of_one_revision_holds_that_revision_alone(start: str) -> None:
    known = ["base", *revisions()]
    script = offline_sql(known[known.index(start) - 1], start)
    assert [line for line in script.splitlines() if line.startswith("-- Running upgrade")] == [
        f"-- Running upgrade {known[known.index(start) - 1].replace('base', '')} -> {start}"
    ]
