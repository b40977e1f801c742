"""Caches the workbooks last requested: each is made once per process and sent from disk."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import IO

from fastapi.concurrency import run_in_threadpool

MOST_KEPT = 8
Key = tuple[object, ...]


class MadeBooks:
    """Open files without a name, so that the system removes them when the process ends. Belongs to one event loop."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, IO[bytes]] = OrderedDict()
        self._making = asyncio.Lock()

    async def of(self, key: Key, write: Callable[[Path], object]) -> IO[bytes]:
        """The cached file of this key, opened anew; on a miss, `write` makes it in a thread.

        One is made at a time, because making one occupies a processor.
        """
        if key not in self._kept:
            async with self._making:
                if key not in self._kept:
                    self._kept[key] = await run_in_threadpool(_made, write)
        self._kept.move_to_end(key)
        found = os.fdopen(os.dup(self._kept[key].fileno()), "rb")
        while len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)[1].close()
        return found

    def close(self) -> None:
        """Close every cached file."""
        while self._kept:
            self._kept.popitem()[1].close()


def _made(write: Callable[[Path], object]) -> IO[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rejected.xlsx"
        write(path)
        return path.open("rb")
