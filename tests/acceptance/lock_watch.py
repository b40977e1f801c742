"""A reader that reads without pause beside something else, and remembers how long it was kept waiting."""

from __future__ import annotations

import threading
from time import perf_counter
from types import TracebackType

import psycopg2
import sqlalchemy as sa

from app.database.engine import make_engine

PATIENCE_MS = 5_000


class LockWatch:
    """Runs `query` over and over in a thread for as long as the block; reads, longest_ms and refused tell the rest."""

    def __init__(self, url: sa.URL, query: str) -> None:
        self.reads = 0
        self.longest_ms = 0.0
        self.refused = ""
        self._engine = make_engine(url)
        self._query = sa.text(query)
        self._stop = threading.Event()
        self._reading = threading.Event()
        self._thread = threading.Thread(target=self._read, name="lock watch", daemon=True)

    def __enter__(self) -> LockWatch:
        self._thread.start()
        self._reading.wait(timeout=30)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(timeout=30)
        self._engine.dispose()

    def _read(self) -> None:
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql(f"SET lock_timeout = {PATIENCE_MS}")
                connection.commit()
                while not self._stop.is_set():
                    began = perf_counter()
                    connection.execute(self._query).all()
                    connection.rollback()
                    self.longest_ms = max(self.longest_ms, (perf_counter() - began) * 1000)
                    self.reads += 1
                    self._reading.set()
        except sa.exc.DBAPIError as error:
            self.refused = str(error.orig).strip() if isinstance(error.orig, psycopg2.Error) else str(error)
        finally:
            self._reading.set()
