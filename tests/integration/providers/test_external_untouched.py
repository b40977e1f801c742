"""A server given by URL: two gates at once work on it, and leave it unchanged."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app.config import Settings
from app.database.engine import open_engine
from app.database.providers import open_server
from app.database.revisions.catalogue import fingerprint
from tests.integration.providers.conftest import ROOT

A, B = "tests/acceptance/test_a_bootstrap.py", "tests/acceptance/test_b_migrations.py"
CHECKS = (
    f"{A}::test_server_is_fit_and_may_create_scratch_databases",
    f"{A}::test_bootstrap_completes_and_a_second_time_changes_nothing",
    f"{B}::test_from_zero_builds_the_whole_schema_without_drift",
    f"{B}::test_a_run_gets_its_partitions_and_retention_drops_whole_runs_only",
    f"{B}::test_every_revision_goes_down_and_up_to_an_identical_catalogue[0001]",
    f"{B}::test_upgrading_twice_is_a_no_op",
    f"{B}::test_data_present_at_each_revision_survives_to_head",
    f"{B}::test_no_migration_takes_a_long_blocking_lock",
    f"{B}::test_api_role_can_neither_change_the_schema_nor_write_core",
)
"""Tests that make databases and roles; the other criteria work in clones of these databases, and the other revisions in
databases like that of the first."""

STATE = {
    "settings": "SELECT name, setting, source, sourcefile, pending_restart FROM pg_settings"
    " WHERE source NOT IN ('client', 'session') ORDER BY 1",
    "settings of roles and databases": "SELECT setdatabase, setrole, setconfig FROM pg_db_role_setting ORDER BY 1, 2",
    "databases": "SELECT oid, datname, datdba, datacl::text, datallowconn FROM pg_database ORDER BY 1",
    "roles": "SELECT oid, rolname, rolsuper, rolcreatedb, rolcreaterole, rolcanlogin, rolconfig FROM pg_roles"
    " ORDER BY 1",
    "memberships": "SELECT roleid, member, admin_option FROM pg_auth_members ORDER BY 1, 2",
    "tablespaces": "SELECT oid, spcname FROM pg_tablespace ORDER BY 1",
    "rows": "SELECT * FROM public.factory ORDER BY 1",
}


def state_of(url: sa.URL) -> dict[str, Any]:
    """The state of a server that a client could change, and the whole content of the database that its URL names."""
    with open_engine(url) as engine, engine.connect() as connection:
        found: dict[str, Any] = {
            what: [tuple(row) for row in connection.exec_driver_sql(statement)] for what, statement in STATE.items()
        }
        return found | {"catalogue": fingerprint(connection)}


def gate(url: str) -> subprocess.Popen[str]:
    """The checks in a process of their own, as a developer starts them, on the server of this URL."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--postgres", "external", *CHECKS],
        cwd=ROOT,
        env=environment | {"DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def test_two_gates_at_once_pass_and_leave_the_server_as_it_was(
    settings: Settings, ask: Callable[[str, str], Any]
) -> None:
    with open_server(settings, "embedded", say=id) as server:
        administrator = server.url.render_as_string(hide_password=False)
        ask(administrator, "CREATE ROLE guest LOGIN CREATEDB CREATEROLE PASSWORD 'guest'")
        ask(administrator, "CREATE TABLE public.factory AS SELECT generate_series(1, 5) AS work_order")
        guest = server.url.set(username="guest", password="guest").render_as_string(hide_password=False)
        before = state_of(server.url)
        gates = [gate(guest), gate(guest)]
        said = [one.communicate(timeout=300)[0] for one in gates]
        after = state_of(server.url)
    assert [one.returncode for one in gates] == [0, 0], "\n".join(said)
    assert after == before
