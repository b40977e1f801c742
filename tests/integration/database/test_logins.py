"""Logins of the API and the worker: each opens its one role, and nothing more when it is stolen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.database.access.roles import Roles, drop_roles, login_of, roles_for
from app.database.bootstrap import Bootstrap, bootstrap
from app.database.engine import make_engine
from app.database.errors import ServerUnreachable
from app.database.providers import Server
from app.database.scratch import drop_database
from app.ingestion.options import Options
from app.ingestion.pipeline import ingest
from tests.integration.database.conftest import connected, execute, rows
from tests.integration.ingestion.factory import factory, save

NAME = "logins_of_their_own"
API, WORKER = "api's words", "worker:s/words@"


@pytest.fixture
def roles(server: Server) -> Iterator[Roles]:
    roles = roles_for(NAME)
    yield roles
    drop_database(server.url, NAME)
    drop_roles(server.url, roles)
    assert rows(server.url, f"SELECT rolname FROM pg_roles WHERE starts_with(rolname, '{NAME}')") == []


def ready(server: Server, roles: Roles, api: str = API) -> Bootstrap:
    passwords = {roles.api: api, roles.ingest: WORKER}
    return bootstrap(server.url, database=NAME, roles=roles, passwords=passwords)


def outcome(report: Bootstrap) -> tuple[str, str]:
    (step,) = [step for step in report.steps if step.name == "logins"]
    return step.outcome, step.detail


def as_login(report: Bootstrap, role: str, password: str) -> sa.URL:
    return report.url.set(username=login_of(role), password=password)


def test_logins_are_made_once_and_their_passwords_are_kept_up(server: Server, roles: Roles) -> None:
    assert outcome(ready(server, roles))[0] == "created"
    assert outcome(ready(server, roles)) == ("already", f"{login_of(roles.api)}, {login_of(roles.ingest)}")
    changed = ready(server, roles, api="other words")
    assert outcome(changed) == ("created", f"password of {login_of(roles.api)}")
    with connected(as_login(changed, roles.api, "other words"), roles.api):
        pass
    with pytest.raises(ServerUnreachable):
        rows(as_login(changed, roles.api, API), "SELECT 1")


@pytest.mark.parametrize(
    "excess",
    [
        "ALTER ROLE {login} CREATEDB",
        "ALTER ROLE {login} INHERIT",
        "ALTER ROLE {login} NOLOGIN",
        "GRANT {owner} TO {login}",
        "GRANT {ingest} TO {login}",
        "REVOKE {api} FROM {login}",
    ],
)
def test_what_somebody_gave_or_took_is_put_right(server: Server, roles: Roles, excess: str) -> None:
    ready(server, roles)
    named = {"login": login_of(roles.api), "owner": roles.owner, "ingest": roles.ingest, "api": roles.api}
    execute(server.url, excess.format(**named))
    assert outcome(ready(server, roles))[0] == "created"
    assert outcome(ready(server, roles))[0] == "already"


def test_stolen_login_of_the_api_opens_what_the_api_reads_and_nothing_else(server: Server, roles: Roles) -> None:
    url = as_login(ready(server, roles), roles.api, API)
    assert rows(url, "SELECT count(*) FROM core.work_orders", roles.api) == [(0,)]
    stolen = (
        f"SET ROLE {roles.ingest}",
        f"SET ROLE {roles.owner}",
        "SET ROLE postgres",
        "SELECT count(*) FROM core.work_orders",
        "CREATE TABLE public.spare (a integer)",
        "CREATE ROLE spare",
        "CREATE DATABASE spare",
    )
    for statement in stolen:
        with make_engine(url, role=roles.api, isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("RESET ROLE")
            connection.exec_driver_sql("SET ROLE NONE")
            with pytest.raises(sa.exc.ProgrammingError, match="denied"):
                connection.exec_driver_sql(statement)


def test_login_of_the_worker_ingests_and_retains(server: Server, roles: Roles, tmp_path: Path) -> None:
    url = as_login(ready(server, roles), roles.ingest, WORKER)
    workbook = save(tmp_path / "w.xlsx", factory())
    runs = [ingest(url, workbook, roles=roles, options=Options(force=True, keep=1)) for _ in range(3)]
    assert [run.status for run in runs] == ["PUBLISHED"] * 3
    assert runs[-1].retained.dropped == (runs[0].run_id,)
