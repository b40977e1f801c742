"""The persistent server: shared by commands, stopped by the last of them however it ends, kept by `up`."""

from __future__ import annotations

import fcntl
import os
import select
import shlex
import signal
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from app.config import Settings
from app.database import persistent
from app.database.errors import DiskFull, LocalServerBusy, ProviderUnavailable
from app.database.persistent import client_command, down, locked, persistent_server, status, up
from app.database.providers import keeper
from app.database.providers.keeper import USERS_LOCK
from app.database.providers.keeper_client import Keeper
from tests.integration.providers.conftest import PATIENCE_S, opened_folder

Hold = Callable[..., Any]
Watch = Callable[[int], Any]
Ask = Callable[[str, str], Any]

CREATE, COUNT = "CREATE DATABASE kept_here", "SELECT count(*) FROM pg_database WHERE datname = 'kept_here'"


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """The folder of a server that was made and has ended, to be copied: making one takes longer than most tests."""
    with opened_folder() as folder:
        settings = Settings(_env_file=None, local_dir=folder / ".local")
        with persistent_server(settings):
            pass
        yield settings.local_dir


@pytest.fixture
def unmade(open_folder: Path) -> Settings:
    """Settings of a machine on which no server was ever made."""
    return Settings(_env_file=None, local_dir=open_folder / ".local")


@pytest.fixture
def settings(unmade: Settings, made: Path) -> Settings:
    """Settings of a machine on which the server was made before and has ended."""
    subprocess.run(["cp", "-a", made, unmade.local_dir], check=True)
    return unmade


def url_of(settings: Settings) -> str:
    """The server's URL, by using it for a moment."""
    with persistent_server(settings) as server:
        assert not server.is_throwaway
        return server.url.render_as_string(hide_password=False)


@pytest.fixture
def hold_persistent(hold: Hold, settings: Settings) -> Callable[[], Any]:
    """Start a child that uses the persistent server of this test."""
    return lambda: hold("persistent", LOCAL_DIR=str(settings.local_dir))


def test_data_outlive_the_server_which_ends_with_its_block(settings: Settings, ask: Ask) -> None:
    with persistent_server(settings) as server:
        ask(server.url.render_as_string(hide_password=False), CREATE)
        assert (status(settings).running, status(settings).in_use) == (True, True)
    assert (status(settings).running, status(settings).in_use) == (False, False)
    with persistent_server(settings) as server:
        assert ask(server.url.render_as_string(hide_password=False), COUNT) == 1


def test_server_is_durable_and_its_password_private(unmade: Settings, ask: Ask) -> None:
    with persistent_server(unmade) as server:
        url = server.url.render_as_string(hide_password=False)
        durable = [ask(url, f"SHOW {name}") for name in ("fsync", "full_page_writes", "synchronous_commit")]
        assert ask(url, "SELECT bool_and(auth_method = 'scram-sha-256') FROM pg_hba_file_rules")
    assert durable == ["on", "on", "on"]
    folder = status(unmade).folder
    assert stat.S_IMODE((folder / "password").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700
    assert not (folder / "initial-password").exists()


def test_two_commands_share_one_server_and_the_last_one_stops_it(
    settings: Settings, hold_persistent: Callable[[], Any], watch: Watch, ask: Ask
) -> None:
    first, second = hold_persistent(), hold_persistent()
    said, also = first.hears(), second.hears()
    assert said["url"] == also["url"]
    server = watch(said["postmaster"])
    assert first.end() == 0
    assert ask(also["url"], "SELECT 1") == 1
    assert not server.ended(within_s=0)
    assert second.end() == 0
    assert server.ended()
    assert not status(settings).running


@pytest.mark.parametrize("first_to_die", [0, 1])
def test_server_goes_with_its_last_user_when_both_are_killed(
    first_to_die: int, settings: Settings, hold_persistent: Callable[[], Any], watch: Watch, ask: Ask
) -> None:
    holders = [hold_persistent(), hold_persistent()]
    said = [holder.hears() for holder in holders]
    server = watch(said[0]["postmaster"])
    holders[first_to_die].process.kill()
    holders[first_to_die].process.wait()
    assert ask(said[0]["url"], "SELECT 1") == 1
    assert not server.ended(within_s=0)
    holders[1 - first_to_die].process.kill()
    assert server.ended()
    with persistent_server(settings):
        assert status(settings).running


def test_forked_child_of_a_killed_command_is_a_user_too(settings: Settings, hold: Hold, watch: Watch, ask: Ask) -> None:
    killed = hold("persistent", "fork", LOCAL_DIR=str(settings.local_dir))
    said = killed.hears()
    server = watch(said["postmaster"])
    killed.process.kill()
    killed.process.wait()
    assert ask(said["url"], "SELECT 1") == 1
    assert not server.ended(within_s=0)
    killed.end()
    assert server.ended()


def test_keepers_of_killed_commands_do_not_pile_up(tmp_path: Path) -> None:
    with locked(tmp_path / USERS_LOCK, fcntl.LOCK_SH):
        keepers = [Keeper.shared(tmp_path) for _ in range(3)]
        left = {os.pidfd_open(one.process.pid): one for one in keepers}
        for one in keepers:
            assert one.process.stdin is not None
            one.process.stdin.close()
        while len(left) > 1:
            ended, _, _ = select.select(list(left), [], [], PATIENCE_S)
            assert ended, f"{len(left)} keepers wait for the same lock"
            for descriptor in ended:
                os.close(descriptor)
                del left[descriptor]
        ((descriptor, last),) = left.items()
        assert last.process.poll() is None
    assert select.select([descriptor], [], [], PATIENCE_S)[0]
    os.close(descriptor)
    for one in keepers:
        one.close()


def test_up_keeps_the_server_until_down(settings: Settings, hold_persistent: Callable[[], Any], watch: Watch) -> None:
    kept = up(settings)
    try:
        assert (status(settings).running, status(settings).kept, status(settings).in_use) == (True, True, False)
        killed = hold_persistent()
        said = killed.hears()
        server = watch(said["postmaster"])
        killed.process.kill()
        killed.process.wait()
        assert url_of(settings) == kept.render_as_string(hide_password=False) == said["url"]
        assert status(settings).running
    finally:
        assert down(settings)
    assert server.ended(within_s=0)
    assert not down(settings)


def test_down_leaves_a_server_in_use_to_its_user(
    settings: Settings, hold_persistent: Callable[[], Any], watch: Watch, ask: Ask
) -> None:
    up(settings)
    user = hold_persistent()
    said = user.hears()
    server = watch(said["postmaster"])
    with pytest.raises(LocalServerBusy):
        down(settings)
    assert ask(said["url"], "SELECT 1") == 1
    assert user.end() == 0
    assert server.ended()


def test_up_while_a_command_uses_it_outlives_that_command(
    settings: Settings, hold_persistent: Callable[[], Any]
) -> None:
    user = hold_persistent()
    said = user.hears()
    try:
        assert up(settings).render_as_string(hide_password=False) == said["url"]
        assert user.end() == 0
        assert status(settings).running
    finally:
        assert down(settings)


def test_half_made_cluster_of_a_killed_command_is_made_anew(unmade: Settings) -> None:
    unfinished = unmade.local_dir / "postgres" / f"{keeper.DATA}.new"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18", encoding="ascii")
    with persistent_server(unmade):
        assert status(unmade).initialised
    assert not unfinished.exists()


def test_server_killed_outright_is_started_again_with_its_data_where_it_was(
    settings: Settings, ask: Ask, watch: Watch
) -> None:
    """A running API goes on asking at the address that it was given."""
    before = up(settings)
    try:
        ask(url_of(settings), CREATE)
        pid = keeper.postmaster(status(settings).folder / keeper.DATA)
        assert pid is not None
        server = watch(pid)
        os.kill(pid, signal.SIGKILL)
        assert server.ended()
        assert not status(settings).running
        again = up(settings)
        assert again == before
        assert ask(again.render_as_string(hide_password=False), COUNT) == 1
    finally:
        down(settings)


def test_server_that_recovers_from_a_killed_process_is_waited_for(settings: Settings, ask: Ask) -> None:
    url = up(settings).render_as_string(hide_password=False)
    launcher = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'autovacuum launcher'"
    try:
        ask(url, CREATE)
        with closing(psycopg2.connect(url.replace("+psycopg2", ""))) as other:
            os.kill(ask(url, launcher), signal.SIGKILL)
            assert select.select([other], [], [], 30)[0], "the server ends its connections and recovers"
        assert ask(url_of(settings), COUNT) == 1
    finally:
        down(settings)


def test_full_disk_keeps_new_data_from_being_made_and_old_data_in_use(
    unmade: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persistent, "LEAST_DISK_MB", 10**12)
    with pytest.raises(DiskFull, match="set LOCAL_DIR"), persistent_server(unmade):
        pass
    monkeypatch.undo()
    with persistent_server(unmade):
        pass
    monkeypatch.setattr(persistent, "LEAST_DISK_MB", 10**12)
    with persistent_server(unmade) as server:
        assert server.version


def test_data_of_another_major_version_are_named_not_touched(unmade: Settings) -> None:
    with persistent_server(unmade.model_copy(update={"postgres_major": 16})) as server:
        assert server.version.startswith("16.")
    assert url_of(unmade), "without POSTGRES_MAJOR the data decide"
    other = unmade.model_copy(update={"postgres_major": 18})
    with pytest.raises(ProviderUnavailable, match="belong to PostgreSQL 16"), persistent_server(other):
        pass


def test_server_that_is_started_again_has_the_address_that_its_clients_know(settings: Settings) -> None:
    addresses = {url_of(settings) for _ in range(3)}
    assert len(addresses) == 1


def test_pid_file_that_names_a_stranger_does_not_block_the_start(settings: Settings) -> None:
    with persistent_server(settings):
        pid_file = status(settings).folder / keeper.DATA / "postmaster.pid"
        left_by_power_cut = pid_file.read_text(encoding="utf-8").partition("\n")[2]
    pid_file.write_text(f"{os.getppid()}\n{left_by_power_cut}", encoding="utf-8")
    with persistent_server(settings):
        assert status(settings).running


def test_foreign_pid_in_a_stale_pid_file_is_not_taken_for_the_server(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text("1\n", encoding="ascii")
    assert keeper.postmaster(tmp_path) is None
    assert keeper.stop_server(tmp_path)


def test_up_tells_a_command_that_psql_takes_without_the_password(settings: Settings) -> None:
    url = up(settings)
    try:
        told = client_command(settings, url)
        assert url.password
        assert url.password not in told
        _, file, client, shown = shlex.split(told)
        assert client == "psql"
        password = Path(file.removesuffix(")")).read_text(encoding="ascii")
        with closing(psycopg2.connect(shown, dbname="postgres", password=password)) as connection:
            assert connection.info.host == "127.0.0.1"
    finally:
        down(settings)
