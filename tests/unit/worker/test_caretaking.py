"""The caretaker continues after any error of one look."""

from __future__ import annotations

import asyncio
from typing import Any

import procrastinate.exceptions
import pytest

from app.config import Settings
from app.worker import caretaking
from app.worker.carrying import Station


class Done(BaseException):
    """Ends the endless loop under test; a BaseException, which the loop does not catch."""


def test_caretaker_looks_again_whatever_went_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[type[Exception]] = []
    faults = [PermissionError, RuntimeError, KeyError]

    async def look(app: Any, plant: str) -> None:
        if len(looked) == len(faults):
            raise Done
        looked.append(faults[len(looked)])
        raise looked[-1]

    monkeypatch.setattr(caretaking, "release_stalled_jobs", look)
    monkeypatch.setattr(caretaking, "LOOK_EVERY_S", 0)
    unused: Any = None
    station = Station(Settings(_env_file=None), unused, unused)
    with pytest.raises(Done):
        asyncio.run(caretaking.take_care(unused, station))
    assert looked == faults


def test_cancellation_that_a_failing_query_replaces_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look(app: Any, plant: str) -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise procrastinate.exceptions.ConnectorException("the connection is gone") from None

    async def ends_when_cancelled() -> bool:
        unused: Any = None
        task = asyncio.create_task(caretaking.take_care(unused, Station(Settings(_env_file=None), unused, unused)))
        await asyncio.sleep(0.01)
        task.cancel()
        ended, _ = await asyncio.wait({task}, timeout=60)
        task.cancel()
        return bool(ended)

    monkeypatch.setattr(caretaking, "release_stalled_jobs", look)
    assert asyncio.run(ends_when_cancelled())
