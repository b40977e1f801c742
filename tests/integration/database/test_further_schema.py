"""A schema that a revision brings as a library wrote it: one name in SCHEMAS, and all that is compared covers it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.database import privileges, schema
from app.database.bootstrap import Bootstrap, bootstrap
from app.database.catalogue import differences
from app.database.from_zero import Expected, drift, expected
from app.database.migrate import downgrade, revisions, upgrade
from app.database.privileges import EVERY, Privileges
from app.database.providers import Server
from app.database.roles import Roles, drop_roles, roles_for
from app.database.scratch import drop_database, scratch_database
from tests.integration.database.conftest import Ready, catalogue, execute, further_revisions, rows

STATEMENTS = (
    "CREATE SCHEMA queue",
    "CREATE TYPE queue.status AS ENUM ('todo', 'doing')",
    "CREATE TYPE queue.pair AS (a integer, b text)",
    "CREATE DOMAIN queue.lane AS text CHECK (VALUE <> '')",
    "CREATE TABLE queue.jobs (id bigserial PRIMARY KEY, status queue.status NOT NULL DEFAULT 'todo', lane queue.lane)",
    "CREATE INDEX ix_jobs_lane ON queue.jobs (lane) WHERE status = 'todo'",
    "CREATE FUNCTION queue.defer(of_lane text, n integer) RETURNS bigint LANGUAGE sql SET search_path = queue AS"
    " 'INSERT INTO jobs (lane) SELECT of_lane FROM generate_series(1, n) RETURNING id'",
    "CREATE FUNCTION queue.told() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM 1; RETURN NEW; END'",
    "CREATE TRIGGER told AFTER INSERT ON queue.jobs FOR EACH ROW EXECUTE FUNCTION queue.told()",
    "CREATE VIEW queue.waiting AS SELECT id FROM queue.jobs WHERE status = 'todo'",
)


def wanted_too(roles: Roles) -> Privileges:
    """What the API may do in the further schema."""
    return {
        ("SCHEMA", "queue", roles.api): frozenset({"USAGE"}),
        ("TABLE", f"queue{EVERY}", roles.api): frozenset({"SELECT", "INSERT"}),
        ("TABLE", "queue.waiting", roles.api): frozenset({"SELECT"}),
        ("SEQUENCE", f"queue{EVERY}", roles.api): frozenset({"USAGE"}),
        ("ROUTINE", "queue.defer(of_lane text, n integer)", roles.api): frozenset({"EXECUTE"}),
    }


@pytest.fixture(scope="module")
def made(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ready, Expected]]:
    """A database at a head that has a schema more, of which the metadata knows nothing, and what it must be."""
    name = f"further_{secrets.token_hex(4)}"
    declared = privileges.wanted
    with further_revisions(tmp_path_factory.mktemp("versions")) as add, pytest.MonkeyPatch.context() as patch:
        add(*STATEMENTS, down=("DROP SCHEMA queue CASCADE",))
        patch.setattr(privileges, "wanted", lambda roles: declared(roles) | wanted_too(roles))
        patch.setattr(schema, "SCHEMAS", (*schema.SCHEMAS, "queue"))
        try:
            ready = Ready(bootstrap(server.url, database=name, roles=roles_for(name)).url, roles_for(name))
            yield ready, expected(server.url, ready.roles)
        finally:
            drop_database(server.url, name)
            drop_roles(server.url, roles_for(name))


@pytest.fixture
def queue(server: Server, made: tuple[Ready, Expected]) -> Iterator[Ready]:
    with scratch_database(server.url, template=made[0].url.database, prefix="schema") as url:
        yield Ready(url, made[0].roles)


@pytest.fixture
def at_head(made: tuple[Ready, Expected]) -> Expected:
    return made[1]


def ready_again(server: Server, queue: Ready) -> Bootstrap:
    """A clone does not inherit what may be done with its database, only what is in it."""
    return bootstrap(server.url, database=str(queue.url.database), roles=queue.roles)


def test_a_further_schema_is_owned_granted_and_without_drift(queue: Ready, server: Server, at_head: Expected) -> None:
    assert drift(queue.url, at_head) == []
    ready_again(server, queue)
    again = ready_again(server, queue)
    assert {step.outcome for step in again.steps} == {"already"}
    rows(queue.url, "SELECT queue.defer('a', 2)", queue.roles.api)
    assert rows(queue.url, "SELECT count(*) FROM queue.waiting", queue.roles.api) == [(2,)]
    for statement in ("INSERT INTO queue.waiting VALUES (1)", "DELETE FROM queue.jobs", "SELECT queue.told()"):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            execute(queue.url, statement, role=queue.roles.api)


def test_a_further_schema_goes_down_and_up_to_an_identical_catalogue(queue: Ready, server: Server) -> None:
    ready_again(server, queue)
    before = catalogue(queue.url, access=False)
    downgrade(queue.url, revisions()[-2], role=queue.roles.owner)
    assert "queue.jobs" not in catalogue(queue.url)["relations"]
    upgrade(queue.url, role=queue.roles.owner)
    assert differences(before, catalogue(queue.url, access=False)) == []


CHANGES = {
    "enum value": "ALTER TYPE queue.status ADD VALUE 'done'",
    "enum value renamed": "ALTER TYPE queue.status RENAME VALUE 'todo' TO 'open'",
    "domain's check": "ALTER DOMAIN queue.lane ADD CHECK (VALUE <> 'x')",
    "domain's nullability": "ALTER DOMAIN queue.lane SET NOT NULL",
    "composite's column": "ALTER TYPE queue.pair ADD ATTRIBUTE c integer",
    "type comment": "COMMENT ON TYPE queue.status IS 'other'",
    "function body": "CREATE OR REPLACE FUNCTION queue.told() RETURNS trigger LANGUAGE plpgsql"
    " AS 'BEGIN RETURN NULL; END'",
    "function setting": "ALTER FUNCTION queue.defer RESET search_path",
    "function rights": "ALTER FUNCTION queue.defer SECURITY DEFINER",
    "function comment": "COMMENT ON FUNCTION queue.told IS 'other'",
    "function dropped": "DROP FUNCTION queue.defer",
    "trigger switched off": "ALTER TABLE queue.jobs DISABLE TRIGGER told",
    "trigger dropped": "DROP TRIGGER told ON queue.jobs",
    "view": "CREATE OR REPLACE VIEW queue.waiting AS SELECT id FROM queue.jobs",
    "sequence": "ALTER SEQUENCE queue.jobs_id_seq INCREMENT 2",
    "sequence released": "ALTER SEQUENCE queue.jobs_id_seq OWNED BY NONE",
    "column": "ALTER TABLE queue.jobs ADD COLUMN spare integer",
    "default": "ALTER TABLE queue.jobs ALTER COLUMN status SET DEFAULT 'doing'",
}
LIBERTIES = {
    "everybody may execute": "GRANT EXECUTE ON FUNCTION queue.told TO PUBLIC",
    "everybody may use": "GRANT USAGE ON TYPE queue.status TO PUBLIC",
    "execute lost": "REVOKE EXECUTE ON FUNCTION queue.defer FROM {api}",
    "insert lost": "REVOKE INSERT ON queue.jobs FROM {api}",
    "too much on the view": "GRANT INSERT ON queue.waiting TO {api}",
    "sequence": "GRANT UPDATE ON SEQUENCE queue.jobs_id_seq TO {ingest}",
    "function's owner": "ALTER FUNCTION queue.told OWNER TO CURRENT_USER",
    "type's owner": "ALTER TYPE queue.pair OWNER TO CURRENT_USER",
    "view's owner": "ALTER TABLE queue.waiting OWNER TO CURRENT_USER",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_of_what_a_library_made_is_drift(change: str, queue: Ready, at_head: Expected) -> None:
    execute(queue.url, change)
    assert drift(queue.url, at_head)


@pytest.mark.parametrize("liberty", LIBERTIES.values(), ids=LIBERTIES.keys())
def test_a_liberty_in_a_further_schema_is_drift_until_bootstrap_ends_it(
    liberty: str, queue: Ready, server: Server, at_head: Expected
) -> None:
    execute(queue.url, liberty.format(api=queue.roles.api, ingest=queue.roles.ingest))
    assert drift(queue.url, at_head)
    report = ready_again(server, queue)
    assert [step.name for step in report.steps if step.outcome == "created"] == ["privileges"]
    assert drift(queue.url, at_head) == []
