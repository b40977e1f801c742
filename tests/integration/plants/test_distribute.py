"""`distribute`, against Citus' catalogue and functions that record their calls, in a database of the test's own.

The same steps were carried out on a real cluster (docs/operations/citus.md); this holds them until the next time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.database.access.roles import Roles
from app.database.engine import connected
from app.database.providers import Server
from app.database.schema import metadata
from app.database.scratch import scratch_database
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest
from app.ingestion.runs.plant import working_on
from tests.integration.ingestion.factory import factory, save
from tests.integration.plants.conftest import Command, text_of
from tests.integration.plants.shared_database import operations

STAND_IN = Path(__file__).with_name("citus_stand_in.sql").read_text(encoding="utf-8")
KEPT_HERE = {"audit.plant_operations", "audit.alert_marks", "audit.worker_beats"}
HEAD = "Database {} has "


def execute(url: sa.URL, text: str) -> None:
    with connected(url) as connection:
        connection.exec_driver_sql(text.replace("%", "%%"))


def asked(url: sa.URL, text: str) -> list[Any]:
    with connected(url) as connection:
        return list(connection.exec_driver_sql(text.replace("%", "%%")))


@pytest.fixture(scope="module")
def two_runs(server: Server, template: tuple[str, Roles], tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.URL]:
    name, roles = template
    book = save(tmp_path_factory.mktemp("books") / "book.xlsx", factory())
    with scratch_database(server.url, template=name, prefix="two") as url:
        for _ in range(2):
            ingest(url, book, roles=roles, options=Options(plant="north", force=True))
        yield url


@pytest.fixture
def plain(server: Server, two_runs: sa.URL, command: Command, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.URL]:
    """The database of plant north, with two snapshots, on a server without Citus."""
    with scratch_database(server.url, template=str(two_runs.database), prefix="north") as url:
        monkeypatch.setenv("NORTH_URL", text_of(url))
        yield url


@pytest.fixture
def citus(plain: sa.URL) -> sa.URL:
    """The same with the stand-in for Citus."""
    execute(plain, STAND_IN)
    return plain


def references(url: sa.URL) -> list[str]:
    found = asked(url, "SELECT conname FROM pg_constraint WHERE contype = 'f' AND connamespace = 'core'::regnamespace")
    return sorted(name for (name,) in found)


@pytest.mark.parametrize("name", ["main", "North", ""])
def test_nothing_is_distributed_under_another_name(citus: sa.URL, command: Command, name: str) -> None:
    code, _, said = command(f"distribute --plant north --run '{name}'")
    assert code == 2
    assert "nothing was changed: to distribute plant north" in " ".join(said.replace("│", " ").split())
    assert asked(citus, "SELECT * FROM called") == []


def test_every_table_joins_one_group_as_the_owner_and_no_reference_is_lost(
    citus: sa.URL, command: Command, template: tuple[str, Roles]
) -> None:
    before, roles = references(citus), template[1]
    code, said, _ = command("distribute --plant north --json")
    plan = json.loads(said)
    assert (code, plan["citus"], plan["workers"], plan["done"], plan["is_run"]) == (0, "13.2-1", 1, 0, False)
    assert asked(citus, "SELECT * FROM called") == []
    code, said, printed = command("distribute --plant north --run north --json")
    told = json.loads(said)
    assert (code, told["done"]) == (0, len(plan["steps"]))
    for step in plan["steps"]:
        assert " ".join(step["sql"].split()) in printed
    made, *calls = asked(citus, "SELECT sql, role FROM called ORDER BY place")
    assert all(f'ALTER ROLE "{name}" LOGIN' in made.sql for name in roles.all)
    assert {role for _, role in calls} == {roles.owner}
    anchor, *others = [sql.split(" with ") for sql, _ in calls]
    assert anchor == ["audit.ingestion_runs", "none"]
    assert {group for _, group in others} == {"audit.ingestion_runs"}
    ours = {f"{table.schema}.{table.name}" for table in metadata.sorted_tables if table.schema in ("core", "audit")}
    assert {anchor[0], *(name for name, _ in others)} == ours - KEPT_HERE
    assert references(citus) == before
    assert len(before) == 2
    (operation,) = operations(citus)
    assert (operation.operation, operation.plant, operation.ended_at is None) == ("DISTRIBUTION", "north", False)


def test_what_was_begun_goes_on(citus: sa.URL, command: Command) -> None:
    before = references(citus)
    execute(
        citus,
        "ALTER FUNCTION pg_catalog.create_distributed_table RENAME TO plain_create;"
        "CREATE FUNCTION pg_catalog.create_distributed_table(table_name regclass, c text, d text DEFAULT 'hash',"
        " colocate_with text DEFAULT 'x', e int DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$ BEGIN"
        " IF table_name = 'core.products'::regclass THEN RAISE EXCEPTION 'the node has gone'; END IF;"
        " PERFORM pg_catalog.plain_create(table_name, c, d, colocate_with, e); END $$",
    )
    code, _, said = command("distribute --plant north --run north")
    assert code == 1
    assert "core.products" in said.rpartition("The server refused")[2]
    assert said.endswith("What was done stays; mend that, and run it again.")
    execute(
        citus,
        "DROP FUNCTION pg_catalog.create_distributed_table;"
        "ALTER FUNCTION pg_catalog.plain_create RENAME TO create_distributed_table",
    )
    assert command("distribute --plant north --run north")[0] == 0
    assert references(citus) == before
    assert [one.ended_at is None for one in operations(citus)] == [True, False]
    code, said, _ = command("distribute --plant north --run north --json")
    assert (code, json.loads(said)["done"]) == (0, 1)  # roles are looked after each time


def test_plan_is_printed_as_sql_with_what_was_done_as_comments(
    citus: sa.URL, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRODPLAN_LANG", "en")
    _, said, _ = command("distribute --plant north")
    assert said.startswith("-- Plant north: ")
    assert "once distributed it can be read, no longer ingested, and not be taken back" in said
    assert ": done" not in said
    execute(citus, "".join(line for line in said.splitlines(keepends=True) if not line.startswith("--")))
    _, said, _ = command("--lang pt distribute --plant north")
    left = [line for line in said.splitlines() if line and not line.startswith("--")]
    assert left[0].startswith("SELECT nodename")
    assert ": feito" in said
    assert "create_distributed_table" not in said


def test_database_without_citus_is_left_alone(plain: sa.URL, command: Command) -> None:
    for line in ("distribute --plant north", "distribute --plant north --run north"):
        code, out, said = command(line)
        assert (code, out) == (1, "")
        assert said.startswith(
            f"Database {plain.database} has no extension citus, so plant 'north' stays on one server"
        )
    assert operations(plain) == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("UPDATE pg_extension SET extversion = '11.3-1' WHERE extname = 'citus'", "has Citus 11.3-1, and version 12"),
        ("UPDATE pg_dist_node SET isactive = false WHERE groupid = 1", "No other node of database"),
        ("UPDATE pg_dist_node SET shouldhaveshards = false", "No other node of database"),
        (
            "INSERT INTO audit.ingestion_runs (plant, excel_sha256, workbook_name, status, requested_by, backend_pid)"
            " VALUES ('south', '', '', 'FAILED', '', 1)",
            "has runs of other plants too (south), and is distributed as a whole",
        ),
        (
            "CREATE TABLE public.spare (run_id bigint CONSTRAINT odd REFERENCES audit.ingestion_runs)",
            "Foreign keys lead out of the schemas core and audit, or into them: spare (odd).",
        ),
    ],
)
def test_what_cannot_be_distributed_is_refused_in_a_sentence(
    change: str, says: str, citus: sa.URL, command: Command
) -> None:
    execute(citus, f"SET allow_system_table_mods = on; {change}")
    for line in ("distribute --plant north", "distribute --plant north --run north"):
        code, _, said = command(line)
        assert (code, says in said) == (1, True), said
    assert asked(citus, "SELECT * FROM called") == []
    assert operations(citus) == []


def test_login_without_rights_is_refused(
    citus: sa.URL, command: Command, template: tuple[str, Roles], monkeypatch: pytest.MonkeyPatch
) -> None:
    login = f"{template[1].prefix}_someone"
    execute(citus, f"CREATE ROLE \"{login}\" LOGIN PASSWORD 'x' IN ROLE {', '.join(template[1].all)}")
    try:
        monkeypatch.setenv("NORTH_URL", text_of(citus.set(username=login, password="x")))
        code, _, said = command("distribute --plant north --run north")
        assert (code, said.startswith(f"The login {login} is no superuser")) == (1, True), said
    finally:
        execute(citus, f'DROP ROLE "{login}"')


def test_node_that_refuses_the_roles_is_named(citus: sa.URL, command: Command) -> None:
    source = asked(citus, "SELECT pg_get_functiondef('run_command_on_workers'::regproc)")[0][0]
    changed = source.replace("success := true", "success := false").replace("'DO'", "'ERROR: permission denied'")
    execute(citus, f"SET allow_system_table_mods = on; {changed}")
    code, _, said = command("distribute --plant north --run north")
    assert code == 1
    assert said.endswith(
        "Node one:5432 refused to make the roles: ERROR: permission denied. Mend that, and run it again."
    )
    assert references(citus) != []


def test_plant_at_work_is_not_distributed(citus: sa.URL, command: Command, template: tuple[str, Roles]) -> None:
    with working_on(citus, "north", template[1]):
        code, _, said = command("distribute --plant north --run north")
    assert (code, said.startswith("Another ingestion, publication or retention of plant 'north'")) == (1, True)


def test_table_that_is_read_is_waited_for_within_bounds(
    citus: sa.URL, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ingestion.plant_data.distribution.LOCK_TIMEOUT_MS", 200)
    with connected(citus) as reader:
        reader.exec_driver_sql("SELECT count(*) FROM core.order_phases").scalar_one()
        code, _, said = command("distribute --plant north --run north")
    assert code == 1
    assert "is being read or written for over" in said
    assert command("distribute --plant north --run north")[0] == 0
