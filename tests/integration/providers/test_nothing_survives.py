"""Throw-away servers are gone, with their data, however their parent ended: looked at on real processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.config import Settings
from app.database.errors import ServerDidNotStart
from app.database.providers import embedded, keeper, open_server
from app.database.providers.binaries import system_binaries
from app.database.providers.space import data_base
from tests.integration.providers.conftest import PATIENCE_S

Hold = Callable[..., Any]
Watch = Callable[[int], Any]


@pytest.fixture
def base(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which only this test's data folders are made."""
    monkeypatch.setattr(embedded, "data_base", lambda account: open_folder)
    return open_folder


@pytest.fixture(params=["embedded", "system"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each provider of servers of our own that this machine has; the embedded one again where it has no other."""
    return request.param if request.param == "embedded" or any(system_binaries()) else "embedded"


@pytest.mark.parametrize("ending", ["end", "SIGTERM", "SIGKILL", "SIGINT", "Ctrl-C in the terminal"])
def test_nothing_survives_the_parent(ending: str, kind: str, hold: Hold, watch: Watch) -> None:
    holder = hold(kind)
    said = holder.hears()
    server, kept_by = watch(said["postmaster"]), watch(said["keeper"])
    if ending == "end":
        assert holder.end() == 0
    elif ending.startswith("Ctrl-C"):
        os.killpg(holder.process.pid, signal.SIGINT)
    else:
        holder.process.send_signal(signal.Signals[ending])
    holder.process.wait(PATIENCE_S)
    assert server.ended()
    assert kept_by.ended()
    assert not Path(said["data"]).parent.exists()


def test_a_child_whose_server_refuses_to_start_leaves_nothing(kind: str, hold: Hold, open_folder: Path) -> None:
    holder = hold(kind, "fail", HOLDER_BASE=str(open_folder))
    assert holder.hears() == {}
    assert holder.end() == 1
    assert not any(open_folder.iterdir())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_a_child_ended_while_its_server_starts_leaves_nothing(
    number: signal.Signals, kind: str, hold: Hold, watch: Watch, open_folder: Path
) -> None:
    holder = hold(kind, HOLDER_BASE=str(open_folder))
    while not any(open_folder.iterdir()):
        assert holder.process.poll() is None, "the child ended by itself"
    kept_by = watch(next(iter(children_of(holder.process.pid))))
    holder.process.send_signal(number)
    assert kept_by.ended()
    assert not any(open_folder.iterdir())


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()]


def test_a_forked_child_of_a_killed_parent_does_not_keep_the_server(hold: Hold, watch: Watch) -> None:
    holder = hold("embedded", "fork")
    said = holder.hears()
    server, kept_by, forked = watch(said["postmaster"]), watch(said["keeper"]), watch(said["forked"])
    holder.process.kill()
    assert server.ended()
    assert kept_by.ended()
    assert not forked.ended(within_s=0), "the forked child was meant to be still there"
    assert not Path(said["data"]).parent.exists()


def test_parent_cleans_up_when_its_keeper_was_killed(hold: Hold, watch: Watch) -> None:
    holder = hold("embedded")
    said = holder.hears()
    server = watch(said["postmaster"])
    os.kill(said["keeper"], signal.SIGKILL)
    assert holder.end() == 0
    assert server.ended()
    assert not Path(said["data"]).parent.exists()


def test_keeper_asked_to_terminate_stops_its_server(hold: Hold, watch: Watch) -> None:
    said = hold("embedded").hears()
    server, kept_by = watch(said["postmaster"]), watch(said["keeper"])
    os.kill(said["keeper"], signal.SIGTERM)
    assert server.ended()
    assert kept_by.ended()
    assert not Path(said["data"]).parent.exists()


@pytest.mark.parametrize(
    "option", [{"shared_buffers": "nonsense"}, {"listen_addresses": "192.0.2.1"}], ids=["setting", "address"]
)
def test_failing_start_says_why_and_leaves_nothing(
    option: dict[str, str], base: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "THROWAWAY", embedded.THROWAWAY | option)
    with (
        pytest.raises(ServerDidNotStart, match=r"shared_buffers|192\.0\.2\.1"),
        open_server(settings, "embedded", say=id),
    ):
        pass
    assert not any(base.iterdir())


def test_error_in_the_block_leaves_nothing(base: Path, settings: Settings) -> None:
    with pytest.raises(KeyboardInterrupt), open_server(settings, "embedded", say=id):
        assert [folder.name.startswith(keeper.PREFIX) for folder in base.iterdir()] == [True]
        raise KeyboardInterrupt
    assert not any(base.iterdir())


def test_users_libpq_variables_do_not_reach_the_server(hold: Hold) -> None:
    foreign = {"PGDATA": "/nowhere", "PGPORT": "1", "PGHOST": "/nowhere", "PGUSER": "x", "PGDATABASE": "x"}
    holder = hold("embedded", **foreign, PGPASSWORD="x", PGSSLMODE="require")
    said = holder.hears()
    assert Path(said["data"]).parent.parent == data_base(embedded.account_for("embedded"))
    assert holder.end() == 0
