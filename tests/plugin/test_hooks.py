"""The cause of a session's end is named: the hook and its place, replaced functions of Python, limits."""

from __future__ import annotations

import json
import os
from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit, setrlimit

import pytest

from release_gate.in_pytest.failures import library, limits
from release_gate.in_pytest.failures.hooks import Ending, told
from release_gate.record.journal import NAME, Journal, read
from release_gate.record.witness import Witness

HERE = Path(__file__).parent


class Raising:
    def pytest_unconfigure(self) -> None:
        raise ValueError("the plug does not fit")


def test_hook_is_named_with_its_place_and_the_end_still_comes() -> None:
    manager, ends = pytest.PytestPluginManager(), list[BaseException | None]()
    Ending(ends.append).come_last(manager)
    manager.register(Raising())
    manager.hook.pytest_unconfigure(config=None)
    (error,) = ends
    assert error is not None
    assert told(error, HERE).startswith(
        "The hook pytest_unconfigure raised ValueError: the plug does not fit (test_hook"
    )


def test_end_comes_without_an_exception_as_well() -> None:
    manager, ends = pytest.PytestPluginManager(), list[BaseException | None]()
    ending = Ending(ends.append)
    ending.come_last(manager)
    ending.come_last(manager)
    manager.hook.pytest_unconfigure(config=None)
    assert ends == [None]


def test_function_of_python_that_was_replaced_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    error = TypeError("'NoneType' object is not callable")
    assert library.cause_of(error) == f"TypeError: {error}"
    monkeypatch.setattr(json, "dumps", None)
    monkeypatch.setattr(Path, "rglob", None)
    told_of = f"the project replaced and did not put back json.dumps, pathlib.Path.rglob (TypeError: {error})"
    assert library.cause_of(error) == told_of


def test_lowered_limit_is_lifted_and_holds_again() -> None:
    before = getrlimit(RLIMIT_NOFILE)
    assert ([*limits.left_low()], limits.raise_again()) == ([], False)
    setrlimit(RLIMIT_NOFILE, (255, before[1]))
    try:
        (sentence,) = limits.left_low()
        assert sentence.startswith("A check lowered the limit on open files (RLIMIT_NOFILE) to 255")
        with limits.lifted() as changed:
            assert (changed, getrlimit(RLIMIT_NOFILE)) == (True, before)
        assert getrlimit(RLIMIT_NOFILE)[0] == 255
        assert limits.raise_again()
        assert getrlimit(RLIMIT_NOFILE) == before
    finally:
        setrlimit(RLIMIT_NOFILE, before)


def test_witness_learns_why_no_event_can_be_written(tmp_path: Path) -> None:
    witness = Witness()
    journal = Journal(tmp_path, witness=os.dup(witness.write_end))
    witness.listen()
    witness.begin(tmp_path / NAME)
    journal.append("run_started")
    journal.tell("problem", code="LOST", message="no room")
    journal.close()
    assert journal.witness is not None
    os.close(journal.witness)
    assert (witness.lost(), witness.objection()) == ("no room", None)
    assert [event["event"] for event in read(tmp_path / NAME)] == ["run_started"]
