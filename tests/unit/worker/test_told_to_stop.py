"""A worker that is told to stop ends, also while its database's answer is still awaited."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.config import Settings
from app.database.access.roles import roles_for
from app.worker.carrying import Station
from app.worker.service import _serve


@pytest.fixture
def silent() -> Iterator[sa.URL]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield sa.make_url(f"postgresql+psycopg2://u@127.0.0.1:{listener.getsockname()[1]}/x")


def test_queue_that_never_opens_does_not_hold_up_the_end(silent: sa.URL) -> None:
    """The pool would raise its own time-out, half a minute later."""

    async def told_while_it_opens() -> None:
        told_to_stop = asyncio.Event()
        serving = asyncio.create_task(_serve(Station(Settings(_env_file=None), silent, roles_for("x")), told_to_stop))
        await asyncio.sleep(0)
        told_to_stop.set()
        await serving

    asyncio.run(told_while_it_opens())
