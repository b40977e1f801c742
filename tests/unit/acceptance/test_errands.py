"""Errands: each is carried out once, by the thread or by the check that asks; its failure waits for that check."""

from __future__ import annotations

import threading
from functools import partial
from types import SimpleNamespace
from typing import Any, NoReturn
from unittest.mock import Mock

import pytest

from tests.acceptance.support.errands.errand import Errand, Errands, errands_sent
from tests.acceptance.support.errands.fixtures import is_wanted


def thread_name() -> str:
    return threading.current_thread().name


def test_the_thread_carries_out_what_was_sent_in_order() -> None:
    done: list[int] = []
    with errands_sent() as errands:
        for number in range(5):
            errands.send(Errand(partial(done.append, number)))
        last = Errand(thread_name)
        errands.send(last)
        assert wait_until_taken(last) == "errands"
    assert done == [0, 1, 2, 3, 4]


def wait_until_taken(errand: Errand[str]) -> str:
    """The result once the thread has come to the errand."""
    came = threading.Event()
    errand._done.add_done_callback(lambda _: came.set())
    assert came.wait(30)
    return errand.result()


def test_an_errand_that_nobody_began_is_carried_out_by_whoever_asks() -> None:
    errand = Errand(thread_name)
    assert errand.result() == errand.result() == thread_name()


def test_one_under_way_is_waited_for_and_not_begun_again() -> None:
    begun, may_end, calls = threading.Event(), threading.Event(), list[str]()

    def work() -> str:
        calls.append(thread_name())
        begun.set()
        assert may_end.wait(30)
        return "done"

    with errands_sent() as errands:
        errand = Errand(work)
        errands.send(errand)
        assert begun.wait(30)
        threading.Timer(0.05, may_end.set).start()
        assert errand.result() == "done"
    assert calls == ["errands"]


@pytest.mark.parametrize("failure", [OSError("no room"), AssertionError("a row is missing"), SystemExit(3)])
def test_a_failure_is_raised_where_the_result_is_asked_for_and_stops_no_other(failure: BaseException) -> None:
    def fail() -> NoReturn:
        raise failure

    with errands_sent() as errands:
        failing, sound = Errand(fail), Errand(thread_name)
        errands.send(failing)
        errands.send(sound)
        assert wait_until_taken(sound) == "errands"
        for _ in range(2):
            with pytest.raises(type(failure)) as raised:
                failing.result()
            assert raised.value is failure


def test_after_the_end_nothing_is_under_way_and_nothing_is_begun() -> None:
    begun, may_end, done = threading.Event(), threading.Event(), list[str]()

    def work() -> None:
        begun.set()
        assert may_end.wait(30)
        done.append("first")

    errands = Errands()
    errands.send(Errand(work))
    second = Errand(lambda: done.append(f"second, by {thread_name()}"))
    errands.send(second)
    assert begun.wait(30)
    threading.Timer(0.05, may_end.set).start()
    errands.end()
    assert done == ["first"]
    errands.end()
    second.result()
    assert done == ["first", f"second, by {thread_name()}"]


def test_ctrl_c_ends_the_wait_of_whoever_carries_it_out() -> None:
    """Other failures are not raised by a wait; an interrupted run must not go on to measure."""

    def interrupted() -> NoReturn:
        raise KeyboardInterrupt

    errand = Errand(interrupted)
    with pytest.raises(KeyboardInterrupt):
        errand.wait()
    with pytest.raises(KeyboardInterrupt):
        errand.result()


def session_of(criteria: tuple[str, ...] | None, **fixture_by_check: str) -> Any:
    """A session whose checks use these fixtures; criteria: those that it runs, None for all."""
    items = [
        Mock(
            spec=pytest.Function,
            fixturenames=[fixture],
            get_closest_marker=Mock(return_value=SimpleNamespace(args=(check,))),
        )
        for check, fixture in fixture_by_check.items()
    ]
    return SimpleNamespace(items=items, config=SimpleNamespace(getoption=lambda *_: criteria))


@pytest.mark.parametrize(
    ("criteria", "expected"), [(None, True), (("A", "B", "C", "D"), True), (("D",), True), (("E",), False)]
)
def test_nothing_is_begun_for_checks_of_criteria_that_do_not_run(
    criteria: tuple[str, ...] | None, expected: bool
) -> None:
    """A shard of criterion E alone would else measure beside the work of checks that are blocked."""
    session = session_of(criteria, D4="refused_seen", E1="measurement")
    assert is_wanted(session, "refused_seen") is expected
    assert not is_wanted(session, "killed_seen")
