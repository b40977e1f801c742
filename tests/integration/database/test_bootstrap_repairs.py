"""Bootstrap says what it did and what it found: one thing missing or in excess is one step's work, and only that."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.database.access.roles import ATTRIBUTES, Roles, drop_roles, existing, roles_for
from app.database.bootstrap import bootstrap
from app.database.from_zero import Expected, drift, expected
from app.database.providers import Server
from app.database.revisions.migrate import downgrade
from app.database.schema import SCHEMAS
from app.database.scratch import drop_database
from tests.integration.database.conftest import Ready, connected, execute

ROLES = ("owner", "ingest", "api")


@pytest.fixture(scope="module")
def whole(server: Server) -> Iterator[tuple[Ready, Expected]]:
    """A database of its own roles, so that roles can be damaged, and what each test must leave it as again."""
    roles = roles_for(f"repaired_{secrets.token_hex(4)}")
    database = f"{roles.prefix}_db"
    try:
        ready = Ready(bootstrap(server.url, database=database, roles=roles).url, roles)
        yield ready, expected(server.url, roles)
    finally:
        drop_database(server.url, database)
        drop_roles(server.url, roles)


def done_by(server: Server, ready: Ready) -> dict[str, str]:
    """The steps that a bootstrap reports as its work, with their details."""
    report = bootstrap(server.url, database=str(ready.url.database), roles=ready.roles)
    assert [step.name for step in report.steps] == ["roles", "database", "schema", "privileges"]
    return {step.name: step.detail for step in report.steps if step.outcome == "created"}


EXCESS = [(ROLES[place % len(ROLES)], attribute) for place, attribute in enumerate(ATTRIBUTES.values())]


@pytest.mark.parametrize(("role", "attribute"), EXCESS)
def test_an_attribute_in_excess_is_taken_and_told(
    role: str, attribute: str, server: Server, whole: tuple[Ready, Expected]
) -> None:
    ready, _ = whole
    name = getattr(ready.roles, role)
    execute(server.url, f"ALTER ROLE {name} {attribute}")
    assert done_by(server, ready) == {"roles": f"{name} without {attribute}"}
    assert done_by(server, ready) == {}


def execute_alone(server: Server, statement: str) -> None:
    engine = sa.create_engine(server.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)


DAMAGES = {
    "owner lost by the login": ("REVOKE {owner} FROM CURRENT_USER", {"roles"}),
    "ingest lost by the login": ("REVOKE {ingest} FROM CURRENT_USER", {"roles"}),
    "api lost by the login": ("REVOKE {api} FROM CURRENT_USER", {"roles"}),
    "owner lost by the ingestion": ("REVOKE {owner} FROM {ingest}", {"roles"}),
    "api role gone": ("DROP OWNED BY {api}; DROP ROLE {api}", {"roles", "privileges"}),
    "ingest role gone": ("DROP OWNED BY {ingest}; DROP ROLE {ingest}", {"roles", "privileges"}),
    "create in the database": ('REVOKE CREATE ON DATABASE "{database}" FROM {owner}', {"privileges"}),
    "create in public": ("REVOKE CREATE ON SCHEMA public FROM {owner}", {"privileges"}),
    "usage of a schema": ("REVOKE USAGE ON SCHEMA audit FROM {api}", {"privileges"}),
    "reading": ("REVOKE SELECT ON core.phase_rates FROM {api}", {"privileges"}),
    "writing": ("REVOKE INSERT ON audit.ingestion_runs FROM {ingest}", {"privileges"}),
    "too much": ("GRANT DELETE ON core.phases TO {api}", {"privileges"}),
    "everybody": ("GRANT SELECT ON core.employees TO PUBLIC", {"privileges"}),
    "a table's owner": ("ALTER TABLE core.phases OWNER TO CURRENT_USER", {"privileges"}),
    "a schema's owner": ("ALTER SCHEMA audit OWNER TO CURRENT_USER", {"privileges"}),
}


@pytest.mark.parametrize(("damage", "steps"), DAMAGES.values(), ids=DAMAGES.keys())
def test_one_thing_missing_or_in_excess_is_one_steps_work(
    damage: str, steps: set[str], server: Server, whole: tuple[Ready, Expected]
) -> None:
    ready, should_be = whole
    names = {role: getattr(ready.roles, role) for role in ROLES}
    execute(ready.url, damage.format(database=ready.url.database, **names))
    assert set(done_by(server, ready)) == steps
    assert drift(ready.url, should_be) == []
    assert done_by(server, ready) == {}


def test_a_schema_behind_head_is_brought_up_and_told(server: Server, whole: tuple[Ready, Expected]) -> None:
    ready, should_be = whole
    downgrade(ready.url, "0004", role=ready.roles.owner)
    done = done_by(server, ready)
    assert set(done) == {"schema", "privileges"}
    assert done["schema"].startswith("0004 → ")
    assert drift(ready.url, should_be) == []


def test_each_step_done_beforehand_is_found_done(server: Server, new_database: str, new_roles: Roles) -> None:
    ready = Ready(server.url.set(database=new_database), new_roles)
    execute(server.url, f"CREATE ROLE {new_roles.api}")
    first = done_by(server, ready)
    assert set(first) == {"roles", "database", "schema", "privileges"}
    assert new_roles.owner in first["roles"]
    with connected(server.url) as connection:
        assert existing(connection, new_roles) == set(new_roles.all)
    execute_alone(server, f'DROP DATABASE "{new_database}"')
    assert set(done_by(server, ready)) == {"database", "schema", "privileges"}
    execute(ready.url, f"DROP SCHEMA {', '.join(SCHEMAS)} CASCADE", "DROP TABLE alembic_version")
    assert set(done_by(server, ready)) == {"schema", "privileges"}
    assert done_by(server, ready) == {}
