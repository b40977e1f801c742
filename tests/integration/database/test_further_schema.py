"""A schema that a revision brings as a library wrote it: one name in SCHEMAS, and all that is compared covers it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.database import schema
from app.database.access import privileges
from app.database.access.privileges import EVERY, Privileges
from app.database.access.roles import Roles, drop_roles, roles_for
from app.database.bootstrap import Bootstrap, bootstrap
from app.database.from_zero import Expected, drift, expected
from app.database.providers import Server
from app.database.revisions.catalogue import differences
from app.database.revisions.migrate import downgrade, revisions, upgrade
from app.database.scratch import drop_database, scratch_database
from tests.integration.database.conftest import Ready, catalogue, drifts, execute, further_revisions, rows

STATEMENTS = (
    "CREATE SCHEMA further",
    "CREATE TYPE further.status AS ENUM ('todo', 'doing')",
    "CREATE TYPE further.pair AS (a integer, b text)",
    "CREATE DOMAIN further.lane AS text CHECK (VALUE <> '')",
    "CREATE TABLE further.jobs (id bigserial PRIMARY KEY, status further.status NOT NULL DEFAULT 'todo',"
    " lane further.lane)",
    "CREATE INDEX ix_jobs_lane ON further.jobs (lane) WHERE status = 'todo'",
    "CREATE FUNCTION further.defer(of_lane text, n integer) RETURNS bigint LANGUAGE sql SET search_path = further AS"
    " 'INSERT INTO jobs (lane) SELECT of_lane FROM generate_series(1, n) RETURNING id'",
    "CREATE FUNCTION further.told() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM 1; RETURN NEW; END'",
    "CREATE TRIGGER told AFTER INSERT ON further.jobs FOR EACH ROW EXECUTE FUNCTION further.told()",
    "CREATE VIEW further.waiting AS SELECT id FROM further.jobs WHERE status = 'todo'",
)


def wanted_too(roles: Roles) -> Privileges:
    """Privileges of the API in the further schema."""
    return {
        ("SCHEMA", "further", roles.api): frozenset({"USAGE"}),
        ("TABLE", f"further{EVERY}", roles.api): frozenset({"SELECT", "INSERT"}),
        ("TABLE", "further.waiting", roles.api): frozenset({"SELECT"}),
        ("SEQUENCE", f"further{EVERY}", roles.api): frozenset({"USAGE"}),
        ("ROUTINE", "further.defer(of_lane text, n integer)", roles.api): frozenset({"EXECUTE"}),
    }


@pytest.fixture(scope="module")
def made(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Ready, Expected]]:
    """A database at a head that has a schema more, which the metadata lacks, and what it must be."""
    name = f"further_{secrets.token_hex(4)}"
    declared = privileges.wanted
    with further_revisions(tmp_path_factory.mktemp("versions")) as add, pytest.MonkeyPatch.context() as patch:
        add(*STATEMENTS, down=("DROP SCHEMA further CASCADE",))
        patch.setattr(privileges, "wanted", lambda roles: declared(roles) | wanted_too(roles))
        patch.setattr(schema, "SCHEMAS", (*schema.SCHEMAS, "further"))
        try:
            ready = Ready(bootstrap(server.url, database=name, roles=roles_for(name)).url, roles_for(name))
            yield ready, expected(server.url, ready.roles)
        finally:
            drop_database(server.url, name)
            drop_roles(server.url, roles_for(name))


@pytest.fixture
def further(server: Server, made: tuple[Ready, Expected]) -> Iterator[Ready]:
    with scratch_database(server.url, template=made[0].url.database, prefix="schema") as url:
        yield Ready(url, made[0].roles)


@pytest.fixture
def at_head(made: tuple[Ready, Expected]) -> Expected:
    return made[1]


def ready_again(server: Server, further: Ready) -> Bootstrap:
    """A clone does not inherit what may be done with its database, only what is in it."""
    return bootstrap(server.url, database=str(further.url.database), roles=further.roles)


def test_a_further_schema_is_owned_granted_and_without_drift(further: Ready, server: Server, at_head: Expected) -> None:
    assert drift(further.url, at_head) == []
    ready_again(server, further)
    again = ready_again(server, further)
    assert {step.outcome for step in again.steps} == {"already"}
    rows(further.url, "SELECT further.defer('a', 2)", further.roles.api)
    assert rows(further.url, "SELECT count(*) FROM further.waiting", further.roles.api) == [(2,)]
    for statement in ("INSERT INTO further.waiting VALUES (1)", "DELETE FROM further.jobs", "SELECT further.told()"):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            execute(further.url, statement, role=further.roles.api)


def test_a_further_schema_goes_down_and_up_to_an_identical_catalogue(further: Ready, server: Server) -> None:
    ready_again(server, further)
    before = catalogue(further.url, access=False)
    downgrade(further.url, revisions()[-2], role=further.roles.owner)
    assert "further.jobs" not in catalogue(further.url)["relations"]
    upgrade(further.url, role=further.roles.owner)
    assert differences(before, catalogue(further.url, access=False)) == []


CHANGES = {
    "enum value": "ALTER TYPE further.status ADD VALUE 'done'",
    "enum value renamed": "ALTER TYPE further.status RENAME VALUE 'todo' TO 'open'",
    "domain's check": "ALTER DOMAIN further.lane ADD CHECK (VALUE <> 'x')",
    "domain's nullability": "ALTER DOMAIN further.lane SET NOT NULL",
    "composite's column": "ALTER TYPE further.pair ADD ATTRIBUTE c integer",
    "type comment": "COMMENT ON TYPE further.status IS 'other'",
    "function body": "CREATE OR REPLACE FUNCTION further.told() RETURNS trigger LANGUAGE plpgsql"
    " AS 'BEGIN RETURN NULL; END'",
    "function setting": "ALTER FUNCTION further.defer RESET search_path",
    "function rights": "ALTER FUNCTION further.defer SECURITY DEFINER",
    "function comment": "COMMENT ON FUNCTION further.told IS 'other'",
    "function dropped": "DROP FUNCTION further.defer",
    "trigger switched off": "ALTER TABLE further.jobs DISABLE TRIGGER told",
    "trigger dropped": "DROP TRIGGER told ON further.jobs",
    "view": "CREATE OR REPLACE VIEW further.waiting AS SELECT id FROM further.jobs",
    "sequence": "ALTER SEQUENCE further.jobs_id_seq INCREMENT 2",
    "sequence released": "ALTER SEQUENCE further.jobs_id_seq OWNED BY NONE",
    "column": "ALTER TABLE further.jobs ADD COLUMN spare integer",
    "default": "ALTER TABLE further.jobs ALTER COLUMN status SET DEFAULT 'doing'",
}
LIBERTIES = {
    "everybody may execute": "GRANT EXECUTE ON FUNCTION further.told TO PUBLIC",
    "everybody may use": "GRANT USAGE ON TYPE further.status TO PUBLIC",
    "execute lost": "REVOKE EXECUTE ON FUNCTION further.defer FROM {api}",
    "insert lost": "REVOKE INSERT ON further.jobs FROM {api}",
    "too much on the view": "GRANT INSERT ON further.waiting TO {api}",
    "sequence": "GRANT UPDATE ON SEQUENCE further.jobs_id_seq TO {ingest}",
    "function's owner": "ALTER FUNCTION further.told OWNER TO CURRENT_USER",
    "type's owner": "ALTER TYPE further.pair OWNER TO CURRENT_USER",
    "view's owner": "ALTER TABLE further.waiting OWNER TO CURRENT_USER",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_of_what_a_library_made_is_drift(change: str, further: Ready, at_head: Expected) -> None:
    execute(further.url, change)
    assert drifts(further.url, at_head)


@pytest.mark.parametrize("liberty", LIBERTIES.values(), ids=LIBERTIES.keys())
def test_a_liberty_in_a_further_schema_is_drift_until_bootstrap_ends_it(
    liberty: str, further: Ready, server: Server, at_head: Expected
) -> None:
    execute(further.url, liberty.format(api=further.roles.api, ingest=further.roles.ingest))
    assert drifts(further.url, at_head)
    report = ready_again(server, further)
    assert [step.name for step in report.steps if step.outcome == "created"] == ["privileges"]
    assert drift(further.url, at_head) == []
