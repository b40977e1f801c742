"""Bootstrap: from any half-done state to the same end, by a superuser or by a login that may just do enough."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from app.database.access.roles import Roles, drop_roles, ensure_roles, excess_attributes, roles_for
from app.database.bootstrap import Bootstrap, BootstrapFailed, bootstrap
from app.database.engine import make_engine
from app.database.errors import UnfitServer
from app.database.from_zero import drift, expected, migrate_from_zero
from app.database.providers import Server
from app.database.revisions.catalogue import differences, fingerprint
from app.database.revisions.migrate import head, upgrade
from app.database.scratch import create_database, drop_database, quoted
from tests.integration.database.conftest import Ready, catalogue, connected, execute, rows

WRITTEN = """
    SELECT 'class', c.oid::text, c.xmin::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('core', 'staging', 'audit')
    UNION ALL SELECT 'namespace', oid::text, xmin::text FROM pg_namespace
    UNION ALL SELECT 'version', version_num, xmin::text FROM alembic_version
    UNION ALL SELECT 'role', oid::text, xmin::text FROM pg_authid WHERE starts_with(rolname, '{prefix}')
    UNION ALL SELECT 'member', concat(roleid, ' ', member), xmin::text FROM pg_auth_members
              WHERE starts_with(roleid::regrole::text, '{prefix}')
    UNION ALL SELECT 'database', oid::text, xmin::text FROM pg_database WHERE datname = current_database()
    ORDER BY 1, 2
"""
"""The transaction that wrote each row of the catalogue: a GRANT that changes nothing writes all the same."""


def outcomes(report: Bootstrap) -> dict[str, str]:
    return {step.name: step.outcome for step in report.steps}


@pytest.fixture
def login(server: Server) -> Iterator[sa.URL]:
    """The server by a login of its own that is no superuser, and may create databases and roles."""
    name, password = f"schema_{secrets.token_hex(4)}", secrets.token_hex(8)
    execute(server.url, f"CREATE ROLE {name} LOGIN CREATEDB CREATEROLE PASSWORD '{password}'")
    yield server.url.set(username=name, password=password)
    execute(server.url, f"DROP ROLE {name}")


def test_a_second_time_writes_nothing(server: Server, new_database: str, new_roles: Roles) -> None:
    first = bootstrap(server.url, database=new_database, roles=new_roles)
    written, before = rows(first.url, WRITTEN.format(prefix=new_roles.prefix)), catalogue(first.url)
    second = bootstrap(server.url, database=new_database, roles=new_roles)
    assert set(outcomes(first).values()) == {"created"}
    assert set(outcomes(second).values()) == {"already"}
    assert rows(first.url, WRITTEN.format(prefix=new_roles.prefix)) == written
    assert differences(before, catalogue(first.url)) == []
    assert first.head == second.head == head()


def test_nobody_of_ours_makes_a_temporary_table(server: Server, new_database: str, new_roles: Roles) -> None:
    url = bootstrap(server.url, database=new_database, roles=new_roles).url
    for role in new_roles.all:
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied to create temporary tables"):
            execute(url, "CREATE TEMPORARY TABLE spare (a integer)", role=role)


def half_roles(server: Server, database: str, roles: Roles) -> None:
    execute(server.url, f"CREATE ROLE {roles.ingest} LOGIN INHERIT CREATEDB")


def half_database(server: Server, database: str, roles: Roles) -> None:
    create_database(server.url, database)


def half_schema(server: Server, database: str, roles: Roles) -> None:
    with connected(server.url) as connection:
        ensure_roles(connection, roles)
    url = create_database(server.url, database)
    execute(url, f'GRANT CREATE ON DATABASE "{database}" TO {roles.owner}')
    execute(url, f"GRANT CREATE ON SCHEMA public TO {roles.owner}")
    upgrade(url, "0001", role=roles.owner)


def migrated_by_hand(server: Server, database: str, roles: Roles) -> None:
    upgrade(create_database(server.url, database))


def privileges_lost(server: Server, database: str, roles: Roles) -> None:
    url = bootstrap(server.url, database=database, roles=roles).url
    execute(url, f"REVOKE ALL ON ALL TABLES IN SCHEMA core, audit FROM {roles.api}, {roles.ingest}")
    execute(url, f"GRANT ALL ON core.phases TO {roles.api}", "ALTER TABLE core.skills OWNER TO CURRENT_USER")


HALF_DONE = (half_roles, half_database, half_schema, migrated_by_hand, privileges_lost)


@pytest.mark.parametrize("begin", HALF_DONE, ids=lambda begin: begin.__name__)
def test_a_half_done_database_is_completed(
    begin: Callable[[Server, str, Roles], None], server: Server, new_database: str, new_roles: Roles, template: Ready
) -> None:
    begin(server, new_database, new_roles)
    report = bootstrap(server.url, database=new_database, roles=new_roles)
    assert "created" in outcomes(report).values()
    with connected(report.url) as connection:
        assert excess_attributes(connection, new_roles) == {}
        built = fingerprint(connection, roles=new_roles)
    assert differences(catalogue(template.url, roles=template.roles), built) == []


def test_a_login_that_is_no_superuser_is_enough(login: sa.URL, template: Ready) -> None:
    roles = roles_for(f"schema_{secrets.token_hex(4)}")
    database = f"{roles.prefix}_db"
    try:
        report = bootstrap(login, database=database, roles=roles)
        again = bootstrap(login, database=database, roles=roles)
        for role in roles.all:
            assert rows(report.url, "SELECT current_user", role=role) == [(role,)]
        built, found = catalogue(report.url, roles=roles), drift(report.url, expected(login, roles))
        assert migrate_from_zero(login).head == head()
    finally:
        drop_database(login, database)
        drop_roles(login, roles)
    assert found == []
    assert set(outcomes(again).values()) == {"already"}
    assert differences(catalogue(template.url, roles=template.roles), built) == []


def test_a_login_that_may_not_is_told_what_it_needs(server: Server, login: sa.URL, new_roles: Roles) -> None:
    execute(server.url, f"ALTER ROLE {login.username} NOCREATEROLE")
    with pytest.raises(BootstrapFailed) as refusal:
        bootstrap(login, database=f"{new_roles.prefix}_db", roles=new_roles)
    assert "CREATEROLE" in str(refusal.value)
    assert str(login.password) not in str(refusal.value)


def test_a_login_that_does_not_own_the_database_is_told_so(
    server: Server, login: sa.URL, new_database: str, new_roles: Roles
) -> None:
    create_database(server.url, new_database)
    with pytest.raises(BootstrapFailed) as refusal:
        bootstrap(login, database=new_database, roles=new_roles)
    assert f'ALTER DATABASE "{new_database}" OWNER TO "{login.username}"' in str(refusal.value)
    drop_roles(login, new_roles)


def test_bootstraps_at_the_same_time_take_turns(server: Server, new_database: str, new_roles: Roles) -> None:
    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(bootstrap, server.url, database=new_database, roles=new_roles) for _ in range(3)]
        reports = [one.result(timeout=180) for one in running]
    created = [name for report in reports for name, outcome in outcomes(report).items() if outcome == "created"]
    assert sorted(created) == ["database", "privileges", "roles", "schema"]  # each once, by whichever came first to it


def test_names_with_odd_characters_work(server: Server, new_roles: Roles) -> None:
    database = f'{new_roles.prefix} "100%" a:b É'
    try:
        assert bootstrap(server.url, database=database, roles=new_roles).url.database == database
        assert set(outcomes(bootstrap(server.url, database=database, roles=new_roles)).values()) == {"already"}
    finally:
        drop_database(server.url, database)


def test_a_database_of_another_encoding_is_refused(server: Server, new_database: str, new_roles: Roles) -> None:
    engine = make_engine(server.url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(
            f"CREATE DATABASE {quoted(new_database)} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"
        )
    with pytest.raises(UnfitServer):
        bootstrap(server.url, database=new_database, roles=new_roles)


def test_a_role_that_may_become_another_is_refused(server: Server, new_database: str, new_roles: Roles) -> None:
    bootstrap(server.url, database=new_database, roles=new_roles)
    execute(server.url, f"GRANT {new_roles.owner} TO {new_roles.api}")
    with pytest.raises(BootstrapFailed) as refusal:
        bootstrap(server.url, database=new_database, roles=new_roles)
    assert f"{new_roles.api} may become {new_roles.owner}" in str(refusal.value)


def test_a_public_schema_closed_to_everybody_is_opened_to_our_roles_alone(
    server: Server, new_database: str, new_roles: Roles
) -> None:
    execute(create_database(server.url, new_database), "REVOKE ALL ON SCHEMA public FROM PUBLIC")
    url = bootstrap(server.url, database=new_database, roles=new_roles).url
    assert rows(url, "SELECT version_num FROM public.alembic_version", new_roles.api) == [(head(),)]
    assert set(outcomes(bootstrap(server.url, database=new_database, roles=new_roles)).values()) == {"already"}
