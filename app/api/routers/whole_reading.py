"""Reads a bounded answer of a run at once, for a route whose answer is sent behind its slot and connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fastapi.concurrency import run_in_threadpool

from app.api.slots import SlotPool
from app.api.snapshot_reading import Backend, Reading, require_still_kept, run_asked_for
from app.features.gate_declaration import Gate
from app.planning.snapshot.live_run import Run

Result = TypeVar("Result")


async def read_whole(
    backend: Backend, run_id: int | None, read: Callable[[Reading], Result], limits: tuple[Gate, ...] = ()
) -> tuple[Run, Result]:
    """The run, and the result of `read` about it. limits: gates that limit it. Raises NoLiveRun, NoSuchRun, RunGone."""

    def found() -> tuple[Run, Result]:
        with backend.engine.connect() as connection:
            run = run_asked_for(connection, backend.settings.plant, run_id)
            result = read(Reading(connection, run, backend, limits))
            require_still_kept(connection, run)
            return run, result

    async with backend.slot_pools[SlotPool.READERS].taken():
        return await run_in_threadpool(found)
