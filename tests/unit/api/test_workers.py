"""A worker that ended or has been silent for long is replaced and named in the log; a long start is waited for."""

from __future__ import annotations

from typing import Any

import pytest
import uvicorn
from uvicorn.config import STARTUP_FAILURE

from app.api.process import workers
from app.api.process.workers import ANSWER_WITHIN_S, START_WITHIN_S, Workers


class FakeWorker:
    """A worker process that answers, or not, as it is told."""

    def __init__(self, *_: Any) -> None:
        self.pid, self.exitcode, self.answers, self.lives, self.killed = id(self) % 10_000, -9, False, True, False
        self.process = self

    def is_alive(self) -> bool:
        return self.lives

    def ping(self, timeout: float) -> bool:
        return self.answers

    def start(self) -> None:
        self.answers = True

    def kill(self) -> None:
        self.killed = True

    def join(self) -> None:
        self.lives = False


class Clock:
    now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(workers, "time", clock)
    monkeypatch.setattr(workers, "Process", FakeWorker)
    monkeypatch.setattr("uvicorn.supervisors.multiprocess.Process", FakeWorker)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    return clock


@pytest.fixture
def supervisor(clock: Clock) -> Workers:
    supervisor = Workers(uvicorn.Config("nothing:here", workers=2), sockets=[])
    supervisor.init_processes()
    return supervisor


def test_a_worker_may_take_minutes_to_start_and_is_then_left_alone(supervisor: Workers, clock: Clock) -> None:
    slow: Any = supervisor.processes[0]
    slow.answers = False
    for now in (0.0, 6.0, START_WITHIN_S - 1):
        clock.now = now
        supervisor.keep_subprocess_alive()
    slow.answers = True
    supervisor.keep_subprocess_alive()
    assert not slow.killed
    assert supervisor.processes[0] is slow


@pytest.mark.parametrize(("answered_first", "after_s"), [(True, ANSWER_WITHIN_S), (False, START_WITHIN_S)])
def test_a_silent_worker_is_replaced_in_the_end_and_the_log_says_why(
    supervisor: Workers, clock: Clock, caplog: pytest.LogCaptureFixture, answered_first: bool, after_s: float
) -> None:
    silent: Any = supervisor.processes[1]
    silent.answers = answered_first
    supervisor.keep_subprocess_alive()
    silent.answers, clock.now = False, after_s
    supervisor.keep_subprocess_alive()
    assert silent.killed
    assert supervisor.processes[1] is not silent
    assert f"API worker {silent.pid} did not" in caplog.text


def test_a_worker_that_ended_is_replaced_at_once_and_logged(
    supervisor: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    ended: Any = supervisor.processes[0]
    ended.lives = False
    supervisor.keep_subprocess_alive()
    assert supervisor.processes[0] is not ended
    assert "ended with exit code -9" in caplog.text


def test_a_worker_that_cannot_start_stops_the_api(supervisor: Workers, caplog: pytest.LogCaptureFixture) -> None:
    broken: Any = supervisor.processes[0]
    broken.lives, broken.exitcode = False, STARTUP_FAILURE
    supervisor.keep_subprocess_alive()
    assert supervisor.should_exit.is_set()
    assert "could not start" in caplog.text


def test_a_stop_is_not_delayed_by_a_silent_worker(supervisor: Workers) -> None:
    silent: Any = supervisor.processes[0]
    silent.answers = False
    supervisor.signal_queue.append(15)
    supervisor.keep_subprocess_alive()
    assert not silent.killed
