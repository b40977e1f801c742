"""A client beside something else: whatever ends it is told, by the check that has it and by no other."""

from __future__ import annotations

import threading
from typing import NoReturn
from unittest.mock import MagicMock

import pytest
import sqlalchemy as sa

from tests.acceptance.support.watching.hammering import Hammering


@pytest.mark.parametrize("failure", [sa.exc.NoResultFound("no row was found"), LookupError("no row was found")])
def test_an_answer_that_cannot_be_read_is_a_fault_and_no_failure_of_the_thread(
    failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed thread is told at whichever check runs just then: C8's reader runs beside others."""

    def act(_: sa.Connection) -> NoReturn:
        raise failure

    uncaught: list[object] = []
    monkeypatch.setattr(threading, "excepthook", uncaught.append)
    with Hammering(MagicMock(), act) as client:
        pass
    assert uncaught == []
    assert "no row was found" in client.fault
