"""A start is waited for while its process lives and gets on, however slowly, and not for ever."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from app.api.process import starting
from app.api.process.starting import IDLE_S, START_WITHIN_S, UNHEALTHY_S, WORK_S, ServerError, Start, await_health


class Child:
    """A process that lives until it has an exit code."""

    pid, returncode = 1, None

    def poll(self) -> int | None:
        return self.returncode


@pytest.fixture
def start() -> Start:
    child: Any = Child()
    return Start(child, begun=0.0, moved=0.0)


def uses(monkeypatch: pytest.MonkeyPatch, seconds: float | None) -> None:
    monkeypatch.setattr(starting, "tree_seconds", lambda pid: seconds)


def test_a_slow_start_that_gets_on_is_waited_for(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    for now in range(0, int(START_WITHIN_S), 10):
        uses(monkeypatch, now / 30)
        start.look(now)
        assert start.given_up(now) == ""
    assert "300 s" in start.given_up(START_WITHIN_S)


def test_a_start_that_does_nothing_is_given_up(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    uses(monkeypatch, 3.0)
    start.look(10.0)
    start.look(10.0 + IDLE_S - 1)
    assert start.given_up(10.0 + IDLE_S - 1) == ""
    assert "did nothing" in start.given_up(10.0 + IDLE_S)


def test_a_start_that_works_for_ever_is_given_up(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    uses(monkeypatch, WORK_S)
    start.look(40.0)
    assert "processor time" in start.given_up(40.0)


def test_an_unhealthy_answer_is_not_waited_on_for_ever(start: Start) -> None:
    start.unhealthy_since = start.moved = 5.0
    assert start.given_up(5.0 + UNHEALTHY_S - 1) == ""
    assert "with an error" in start.given_up(5.0 + UNHEALTHY_S)


def test_without_processor_times_a_start_has_a_minute(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    uses(monkeypatch, None)
    start.look(30.0)
    assert start.given_up(IDLE_S - 1) == ""
    assert "did not answer for 60 s" in start.given_up(IDLE_S)


@pytest.fixture
def crashed() -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", "import sys; sys.exit('no database')"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as child:
        child.wait()
        yield child


def test_a_child_that_ended_is_explained_by_its_last_lines(crashed: subprocess.Popen[bytes], tmp_path: Any) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"no database\n")
    with log.open("r+b") as output, pytest.raises(ServerError, match=r"exit code 1 .*last lines: no database"):
        await_health("http://127.0.0.1:9", crashed, output)
