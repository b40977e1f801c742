"""Fixtures and hooks around each phase of a test are compared again whenever they may have changed."""

from __future__ import annotations

import logging
import sys
import threading
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from release_gate.in_pytest.failures.forks import Forks
from release_gate.in_pytest.failures.unheard import ASYNCIO, Listening
from release_gate.in_pytest.source_code.judging_code import JudgingCode
from release_gate.in_pytest.source_code.own_modules import OwnModules
from release_gate.in_pytest.source_code.sources import Sources


def kettle() -> int:
    return 100


def teapot() -> int:
    return 90


def item_with(**fixtures: Any) -> Any:
    """A test without a class, whose fixtures have these functions."""
    definitions = {name: [SimpleNamespace(argname=name, func=function)] for name, function in fixtures.items()}
    return SimpleNamespace(
        parent=None, nodeid="test_it", _fixtureinfo=SimpleNamespace(name2fixturedefs=definitions), module=None
    )


@pytest.fixture
def sources(pytestconfig: pytest.Config, tmp_path: Path) -> Sources:
    nothing = OwnModules(lambda _: False)
    return Sources(pytestconfig, tmp_path, JudgingCode(pytestconfig, nothing, nothing))


def told(sources: Sources, item: Any) -> list[str]:
    return [message for _, _, message in sources.alterations_around(item)]


@pytest.mark.parametrize("phases", [0, 1, 2])
def test_fixture_that_gets_another_function_between_two_phases_is_told(sources: Sources, phases: int) -> None:
    item = item_with(water=kettle)
    sources.note(item)
    assert [told(sources, item) for _ in range(phases)] == [[]] * phases
    item._fixtureinfo.name2fixturedefs["water"][0].func = teapot
    (message,) = told(sources, item)
    assert message.startswith("The fixture water of test_it: ")


def test_fixture_that_a_test_asks_for_while_it_runs_is_compared_too(sources: Sources) -> None:
    item, other = item_with(), item_with(water=kettle)
    for one in (item, other):
        sources.note(one)
    assert (told(sources, item), told(sources, item)) == ([], [])
    item._fixtureinfo.name2fixturedefs |= other._fixtureinfo.name2fixturedefs
    assert told(sources, item) == []
    other._fixtureinfo.name2fixturedefs["water"][0].func = teapot
    assert len(told(sources, item)) == 1


HOOKS = [
    (threading, "excepthook"),
    (sys, "unraisablehook"),
    (warnings, "_warn_unawaited_coroutine"),
    (logging.Handler, "handleError"),
    (ASYNCIO, "error"),
]


@pytest.fixture
def listening(monkeypatch: pytest.MonkeyPatch) -> Listening:
    for owner, name in HOOKS:
        monkeypatch.setattr(owner, name, getattr(owner, name))
    installed = Listening(Forks())
    installed.install()
    return installed


@pytest.mark.parametrize(("owner", "name"), HOOKS, ids=[name for _, name in HOOKS])
def test_hook_that_was_replaced_is_installed_again(owner: Any, name: str, listening: Listening) -> None:
    listening.install()  # pytest before 8.4 replaces two of the hooks as the test's function begins
    mine = getattr(owner, name)
    listening.install()
    assert getattr(owner, name) is mine
    setattr(owner, name, other := lambda *_, **__: None)
    listening.install()
    again = getattr(owner, name)
    assert again not in (mine, other)
    listening.install()
    assert getattr(owner, name) is again


def test_hook_that_was_deleted_does_not_end_the_session(listening: Listening) -> None:
    del threading.excepthook
    listening.install()
    threading.excepthook = other = lambda *_: None
    listening.install()
    assert threading.excepthook is not other
