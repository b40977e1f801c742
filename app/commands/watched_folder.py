"""Finds the newest finished export in a folder: one that has not grown between two looks."""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from app.workbook.choosing import LOCK_MARK

UNFINISHED_S = 60.0
"""Seconds after which a file that has stopped growing is taken although it is no zip yet: it will be refused."""

State = tuple[str, int, int]
"""Name, size in bytes, and time of the last change in nanoseconds."""


@dataclass
class WatchedFolder:
    """A folder in which exports are laid. Older exports in it are never taken: the newest replaces them.

    taken: the export that was taken last. has_failed: the last one taken was released and not taken again since.
    """

    folder: Path
    taken: State | None = None
    has_failed: bool = False
    _seen: State | None = None
    _seen_at: float = field(default=0.0)

    def next_export(self, now_s: float) -> Path | None:
        """The newest export, if it has not been taken and is as it was at the look before; else None.

        Raises OSError where the folder cannot be read.
        """
        newest = self._newest()
        if newest is None or newest == self.taken:
            return None
        if newest != self._seen:
            self._seen, self._seen_at = newest, now_s
            return None
        path = self.folder / newest[0]
        if not zipfile.is_zipfile(path) and now_s - self._seen_at < UNFINISHED_S:
            return None
        self.taken, self.has_failed = newest, False
        return path

    def release(self) -> None:
        """Let the export that was taken last be taken again."""
        self.taken, self.has_failed = None, True

    @property
    def is_idle(self) -> bool:
        """True if no export lies in the folder that has not been taken."""
        return self._newest() in (None, self.taken)

    def _newest(self) -> State | None:
        states = [
            (entry.name, entry.stat().st_size, entry.stat().st_mtime_ns)
            for entry in os.scandir(self.folder)
            if entry.name.lower().endswith(".xlsx") and not entry.name.startswith((LOCK_MARK, ".")) and entry.is_file()
        ]
        return max(states, key=lambda state: (state[2], state[0]), default=None)
