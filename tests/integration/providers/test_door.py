"""app.database.providers.open_server: the order, the reasons, the forced kind, and what each provider gives."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import docker
import pytest
import sqlalchemy as sa

from app.config import Settings
from app.database.engine import check_server, open_engine
from app.database.errors import ServerUnreachable, UnfitServer, UnsupportedDatabase
from app.database.providers import KINDS, ProviderUnavailable, Server, containers, door, open_server
from app.database.providers.binaries import asked, system_binaries
from app.database.urls import REFUSAL

NOBODY_LISTENS = "postgresql://u:hunter2@127.0.0.1:1/x"


def facts_of(server: Server) -> Any:
    with open_engine(server.url) as engine:
        return check_server(engine)


def reason_against(kind: str, settings: Settings) -> str | None:
    """Return the reason for which a throw-away provider cannot run on this machine; None when it must."""
    if kind == "system" and not any(system_binaries()):
        return "no server binaries are installed"
    if kind == "testcontainers":
        try:
            containers.require_engine()
        except ProviderUnavailable as refusal:
            return refusal.reason
    return None


@pytest.mark.parametrize("kind", ["testcontainers", "embedded", "system"])
def test_provider_gives_a_fit_server_or_says_why_not(kind: str, settings: Settings) -> None:
    reason = reason_against(kind, settings)
    said: list[str] = []
    if reason:
        with pytest.raises(ProviderUnavailable) as refusal, open_server(settings, kind, say=said.append):
            pass
        assert refusal.value.reason == reason
        return
    with open_server(settings, kind, say=said.append) as server:
        facts = facts_of(server)
        assert (server.provider, server.version, server.is_throwaway) == (kind, facts.version, True)
        assert facts.version_num >= 150_000
        assert (facts.encoding, facts.can_create_databases, facts.can_create_roles) == ("UTF8", True, True)
        assert said == [f"PostgreSQL {server.version} by {kind}"]


def test_external_server_is_the_one_named_and_not_a_throwaway(server: Server) -> None:
    named = server.url.render_as_string(hide_password=False)
    with open_server(Settings(_env_file=None, database_url=named), say=id) as given:
        assert (given.provider, given.url, given.is_throwaway) == ("external", server.url, False)


@pytest.mark.usefixtures("no_engine")
def test_left_to_itself_the_door_says_in_one_line_what_it_passed_over(settings: Settings) -> None:
    said: list[str] = []
    with open_server(settings, say=said.append) as server:
        assert server.provider == "embedded"
    passed_over = [line.split(":")[1].split()[0] for line in said[:-1]]
    assert passed_over == ["external", "testcontainers"]
    assert not any("\n" in line for line in said)


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize("kind", ["external", "testcontainers", "mysql"])
def test_forced_provider_that_cannot_start_is_an_error(kind: str, settings: Settings) -> None:
    with pytest.raises(ProviderUnavailable) as refusal, open_server(settings, kind, say=id):
        pass
    assert refusal.value.provider == kind


@pytest.mark.usefixtures("no_engine")
def test_door_names_every_reason_when_nothing_can_start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "KINDS", ("external", "testcontainers"))
    with pytest.raises(ProviderUnavailable, match=r"external: .*; testcontainers: "), open_server(settings, say=id):
        pass


@pytest.mark.parametrize("kind", [None, *KINDS])
def test_sqlite_url_fails_at_once_whatever_is_forced(kind: str | None) -> None:
    sqlite = Settings(_env_file=None, database_url="sqlite:///plan.db")
    with pytest.raises(UnsupportedDatabase) as refusal, open_server(sqlite, kind, say=id):
        pass
    assert str(refusal.value) == REFUSAL


def test_url_where_nobody_listens_is_an_error_not_passed_over() -> None:
    settings = Settings(_env_file=None, database_url=NOBODY_LISTENS)
    with pytest.raises(ServerUnreachable) as refusal, open_server(settings, say=id):
        pass
    assert "127.0.0.1:1/x" in str(refusal.value)
    assert "hunter2" not in str(refusal.value)


def test_external_login_without_privileges_is_refused(server: Server, scratch_engine: sa.Engine) -> None:
    login = f"plain_{server.url.port}"
    with scratch_engine.begin() as connection:
        connection.execute(sa.text(f"CREATE ROLE {login} LOGIN PASSWORD 'p'"))
    try:
        url = scratch_engine.url.set(username=login, password="p").render_as_string(hide_password=False)
        settings = Settings(_env_file=None, database_url=url)
        with pytest.raises(UnfitServer, match="CREATEDB and CREATEROLE"), open_server(settings, say=id):
            pass
    finally:
        with scratch_engine.begin() as connection:
            connection.execute(sa.text(f"DROP ROLE {login}"))


def test_hung_engine_is_asked_once_and_waited_for_two_seconds_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine accepts and never answers. Each wait of the probe has a timeout, and only one is for an answer. The
    test counts the questions and measures no time."""
    timeouts: list[Any] = []
    from_env = docker.DockerClient.from_env
    monkeypatch.setattr(
        docker.DockerClient, "from_env", lambda **given: (timeouts.append(given["timeout"]), from_env(**given))[1]
    )
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "hung.sock"))
        silent.listen()
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/hung.sock")
        with pytest.raises(ProviderUnavailable, match="no Docker engine answers"):
            containers.require_engine()
        asked = received(silent)
    assert timeouts == [containers.PROBE_TIMEOUT_S]
    assert containers.PROBE_TIMEOUT_S <= 2
    assert [request.split(b"\r\n")[0] for request in asked if request] == [b"GET /v1.40/_ping HTTP/1.1"]


def received(listening: socket.socket) -> list[bytes]:
    """Read what each client sent before it gave up."""
    listening.setblocking(False)
    found: list[bytes] = []
    while True:
        try:
            client, _ = listening.accept()
        except BlockingIOError:
            return found
        with client:
            client.setblocking(True)
            found.append(client.recv(65536))


def test_two_servers_at_once_do_not_meet(settings: Settings, ask: Callable[[str, str], Any]) -> None:
    with ExitStack() as stack:
        urls = [
            stack.enter_context(open_server(settings, "embedded", say=id)).url.render_as_string(hide_password=False)
            for _ in range(2)
        ]
        ask(urls[0], "CREATE DATABASE only_here")
        counts = [ask(url, "SELECT count(*) FROM pg_database WHERE datname = 'only_here'") for url in urls]
    assert counts == [1, 0]
    assert urls[0] != urls[1]


SYSTEM_MAJORS = [("system", asked(binaries, None).major) for binaries in system_binaries()]


@pytest.mark.parametrize(("kind", "major"), [("embedded", 16), ("embedded", 18), *SYSTEM_MAJORS])
def test_major_version_asked_for_is_the_one_that_starts(kind: str, major: int, settings: Settings) -> None:
    with open_server(settings.model_copy(update={"postgres_major": major}), kind, say=id) as server:
        assert facts_of(server).version_num // 10_000 == major


def test_external_server_of_another_major_version_than_asked_for_is_refused(server: Server) -> None:
    other = int(server.version.partition(".")[0]) + 1
    named = server.url.render_as_string(hide_password=False)
    settings = Settings(_env_file=None, database_url=named, postgres_major=other)
    with pytest.raises(UnfitServer, match=f"POSTGRES_MAJOR is {other}"), open_server(settings, say=id):
        pass


def test_major_version_that_nobody_has_is_unavailable(settings: Settings) -> None:
    unknown = settings.model_copy(update={"postgres_major": 99})
    with pytest.raises(ProviderUnavailable, match="wanted is 99"), open_server(unknown, "embedded", say=id):
        pass
