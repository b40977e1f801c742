"""app.database.engine on a real server: roles, quiet errors, and the one sentence for a server that is not there."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.database.engine import check_server, make_engine, open_engine, require_postgresql_15
from app.database.errors import ServerUnreachable, UnfitServer
from app.database.providers import Server
from app.database.session_settings import RELIED_ON

IDLE: int = getattr(socket, "TCP_KEEPIDLE", None) or getattr(socket, "TCP_KEEPALIVE")  # noqa: B009
"""Seconds before the first probe; macOS calls it otherwise."""
PROBING = (IDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)


@pytest.fixture
def role(scratch_engine: sa.Engine) -> Iterator[str]:
    name = f"act_{scratch_engine.url.database}"[:60]
    with scratch_engine.begin() as connection:
        connection.execute(sa.text(f"CREATE ROLE {name}"))
    yield name
    with scratch_engine.begin() as connection:
        connection.execute(sa.text(f"DROP ROLE {name}"))


def value(engine: sa.Engine, statement: str, **parameters: object) -> object:
    try:
        with engine.connect() as connection:
            return connection.execute(sa.text(statement), parameters).scalar_one()
    finally:
        engine.dispose()


def test_engine_acts_as_its_role_beside_the_urls_own_options(scratch_url: sa.URL, role: str) -> None:
    url = scratch_url.update_query_dict({"options": "-c work_mem=77kB"})
    statement = "SELECT current_user || ' ' || current_setting('work_mem')"
    assert value(make_engine(url, role=role), statement) == f"{role} 77kB"


FOREIGN_DEFAULTS = {
    "client_encoding": "LATIN1",
    "search_path": "nowhere",
    "default_transaction_read_only": "on",
    "statement_timeout": "1",
    "idle_in_transaction_session_timeout": "1",
    "DateStyle": "German",
    "TimeZone": "Asia/Tokyo",
}


def test_defaults_of_the_database_do_not_reach_a_session(scratch_url: sa.URL) -> None:
    administrator = make_engine(scratch_url)
    with administrator.begin() as connection:
        for name, foreign in FOREIGN_DEFAULTS.items():
            connection.execute(sa.text(f"ALTER DATABASE {scratch_url.database} SET {name} = '{foreign}'"))
    administrator.dispose()
    engine = make_engine(scratch_url)
    with engine.begin() as connection:
        found = {name: connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in FOREIGN_DEFAULTS}
        connection.exec_driver_sql("CREATE TABLE written (text text)")
        connection.exec_driver_sql("SELECT pg_sleep(0.02)")
        assert connection.execute(sa.text("SELECT :text"), {"text": "Laminação €"}).scalar_one() == "Laminação €"
    engine.dispose()
    assert found == {name: RELIED_ON[name] for name in FOREIGN_DEFAULTS}


def test_variables_of_the_shell_do_not_reach_a_session(scratch_url: sa.URL, monkeypatch: pytest.MonkeyPatch) -> None:
    foreign = {
        "PGHOSTADDR": "192.0.2.1",
        "PGSERVICE": "nowhere",
        "PGTARGETSESSIONATTRS": "read-only",
        "PGCLIENTENCODING": "LATIN1",
        "PGOPTIONS": "-c default_transaction_read_only=on",
    }
    for name, text in foreign.items():
        monkeypatch.setenv(name, text)
    assert value(make_engine(scratch_url), "SHOW transaction_read_only") == "off"
    assert not foreign.keys() & os.environ.keys()


def test_server_that_vanishes_is_noticed_within_a_minute(scratch_engine: sa.Engine) -> None:
    with scratch_engine.connect() as connection:
        handle = os.dup(connection.connection.driver_connection.fileno())
        with socket.socket(fileno=handle) as held:
            options = [held.getsockopt(socket.IPPROTO_TCP, name) for name in PROBING]
    assert options[0] + options[1] * options[2] == 60


def test_role_that_does_not_exist_is_an_unreachable_server_with_the_reason(scratch_url: sa.URL) -> None:
    with pytest.raises(ServerUnreachable, match="no_such_role"):
        value(make_engine(scratch_url, role="no_such_role"), "SELECT 1")


def test_wrong_password_is_said_without_either_password(server: Server) -> None:
    with pytest.raises(ServerUnreachable) as refusal:
        check_server(make_engine(server.url.set(password="hunter2")))
    assert "hunter2" not in str(refusal.value)
    assert str(server.url.password) not in str(refusal.value)


def test_failing_statement_stays_a_database_error_and_hides_its_parameters(scratch_url: sa.URL) -> None:
    with pytest.raises(sa.exc.DataError) as failure:
        value(make_engine(scratch_url), "SELECT CAST(:name AS text)::integer / 1", name="Maria")
    assert "[SQL parameters hidden" in str(failure.value)


def test_database_in_another_encoding_is_unfit(server: Server, scratch_engine: sa.Engine) -> None:
    name = f"{scratch_engine.url.database}_ascii"
    admin = make_engine(server.url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'"))
        try:
            with open_engine(server.url.set(database=name)) as other, pytest.raises(UnfitServer, match="SQL_ASCII"):
                require_postgresql_15(check_server(other))
        finally:
            connection.execute(sa.text(f"DROP DATABASE {name}"))
    admin.dispose()
