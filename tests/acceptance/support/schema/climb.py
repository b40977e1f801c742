"""A database that goes up revision by revision, each of which a case tries on it (check B4)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType

import sqlalchemy as sa

from app.database.providers import Server
from app.database.revisions.migrate import upgrade
from app.database.scratch import scratch_database

BASE = "base"


class Climb:
    """One database for all steps. A step that fails leaves it in doubt: the next one is given another."""

    def __init__(self, server: Server) -> None:
        self._server, self._databases = server, ExitStack()
        self._url: sa.URL | None = None
        self._reached = ""

    def __enter__(self) -> Climb:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._databases.close()

    @contextmanager
    def step(self, below: str, revision: str) -> Iterator[sa.URL]:
        """The database at the revision `below`, which the block leaves at `revision`."""
        if self._url is None or self._reached != below:
            self._url = self._made(below)
        self._reached = ""
        yield self._url
        self._reached = revision

    def _made(self, below: str) -> sa.URL:
        self._databases.close()
        url = self._databases.enter_context(scratch_database(self._server.url, prefix="gate_b_up"))
        if below != BASE:
            upgrade(url, below)
        return url
