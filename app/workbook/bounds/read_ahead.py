"""Records of a bounded process, taken in a thread ahead of whoever asks, so that it never waits for its parent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Thread
from typing import Any

from app.workbook.bounds.bounded import BoundedProcess

MOST_RECORDS = 100
"""Records in memory at once. The text of one piece takes 0.3 MB."""
CLOSING_S = 0.05


@dataclass(frozen=True, slots=True)
class _End:
    """After the last record. error: what the process's records ended with, if not by themselves."""

    error: BaseException | None


class ReadAhead:
    """Iterate over it once, and close it. Iterating raises what iterating over the process raised."""

    def __init__(self, process: BoundedProcess) -> None:
        self._process = process
        self._records: Queue[Any] = Queue(MOST_RECORDS)
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
        while not isinstance(record := self._records.get(), _End):
            yield record
        if record.error is not None:
            raise record.error

    def close(self) -> None:
        """End the process, then the thread, which may be waiting for room."""
        self._process.end()
        while self._thread.is_alive():
            with suppress(Empty):
                self._records.get(timeout=CLOSING_S)
        self._process.close()
