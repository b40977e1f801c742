"""A context manager that a thread enters ahead of its use: once, and its failure is raised where it is used."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.acceptance.support.ahead import Ahead, started_ahead


class Recorded:
    """A context manager whose entry waits until it is let in."""

    def __init__(self) -> None:
        self.let_in, self.events = threading.Event(), list[str]()

    @contextmanager
    def manager(self) -> Iterator[str]:
        assert self.let_in.wait(30)
        self.events.append("entered")
        yield "server"
        self.events.append("exited")


def test_it_is_entered_beside_the_caller_and_exited_once() -> None:
    recorded = Recorded()
    with started_ahead(recorded.manager()) as ahead:
        assert recorded.events == []
        recorded.let_in.set()
        assert ahead.ready() == ahead.ready() == "server"
        ahead.close()
        assert recorded.events == ["entered", "exited"]
    assert recorded.events == ["entered", "exited"]


def test_it_is_exited_although_nobody_asked_for_it() -> None:
    recorded = Recorded()
    recorded.let_in.set()
    with started_ahead(recorded.manager()):
        pass
    assert recorded.events == ["entered", "exited"]


def test_a_failure_of_the_start_is_raised_where_it_is_asked_for() -> None:
    @contextmanager
    def failing() -> Iterator[str]:
        raise OSError("no port is free")
        yield ""

    ahead = Ahead(failing())
    for _ in range(2):
        with pytest.raises(OSError, match="no port is free"):
            ahead.ready()
    ahead.close()


def test_a_failure_of_the_end_is_raised_again_where_the_block_ends() -> None:
    """An early close may be of no interest to its caller; the run must still hear of a server that did not stop."""

    @contextmanager
    def failing() -> Iterator[str]:
        yield "server"
        raise OSError("it did not stop")

    with pytest.raises(OSError, match="it did not stop"), started_ahead(failing()) as ahead:
        assert ahead.ready() == "server"
        with pytest.raises(OSError, match="it did not stop"):
            ahead.close()
