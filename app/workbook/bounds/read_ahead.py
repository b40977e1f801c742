"""Reads the records of a bounded process in a thread, so that the process does not wait for their consumer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Thread
from typing import Any

from app.workbook.bounds.bounded import BoundedProcess

MOST_RECORDS = 100
"""Most records in memory. The text of one piece takes 0.3 MB."""
CLOSING_S = 0.05


@dataclass(frozen=True, slots=True)
class _End:
    """Follows the last record.

    error: the exception with which the process's records ended, if any.
    """

    error: BaseException | None


class ReadAhead:
    """An iterator over the records, for one use: close it afterwards.

    After the last record it raises the error of the process, if any.
    """

    def __init__(self, process: BoundedProcess) -> None:
        self._process = process
        self._records: Queue[Any] = Queue(MOST_RECORDS)
        self._end: _End | None = None
        self._thread = Thread(target=self._take, name="read ahead", daemon=True)
        self._thread.start()

    def _take(self) -> None:
        try:
            for record in self._process:
                self._records.put(record)
        except BaseException as error:
            self._records.put(_End(error))
        else:
            self._records.put(_End(None))

    def __iter__(self) -> Iterator[Any]:
        yield from self._taken(self._records.get)
        if self._end is not None and self._end.error is not None:
            raise self._end.error

    def arrived(self) -> Iterator[Any]:
        """The records that have arrived; raises nothing. The iterator continues after them."""
        with suppress(Empty):
            yield from self._taken(self._records.get_nowait)

    def _taken(self, get: Callable[[], Any]) -> Iterator[Any]:
        while self._end is None:
            record = get()
            if isinstance(record, _End):
                self._end = record
            else:
                yield record

    def close(self) -> None:
        """End the process, then the thread, which may be waiting for room."""
        self._process.end()
        while self._thread.is_alive():
            with suppress(Empty):
                self._records.get(timeout=CLOSING_S)
        self._process.close()
