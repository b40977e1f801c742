"""A file that other processes replace: checked at each use, read again when it changed."""

from __future__ import annotations

import errno
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

Content = TypeVar("Content")
Stamp = tuple[int, int, int, int]


class WatchedFile(Generic[Content]):
    """Caches the result of `read` for a file until its inode, size or one of its times changes; thread-safe.

    read: raises `refusal` for unusable content; the refusal is cached as well.
    """

    def __init__(self, path: Path, read: Callable[[Path], Content], refusal: type[Exception]) -> None:
        self.path = path
        self._read, self._refusal = read, refusal
        self._lock = threading.Lock()
        self._seen: tuple[Stamp, Content | Exception] | None = None

    def content(self) -> Content:
        """The file's current content. Raises OSError when it cannot be read, or the refusal."""
        with self._lock:
            try:
                stamp = self.stamp()
            except OSError:
                self._seen = None
                raise
            if self._seen is None or self._seen[0] != stamp:
                self._seen = (stamp, self._outcome())
            found = self._seen[1]
        if isinstance(found, Exception):
            # Drop the traceback: each raise of the cached exception would add frames to it.
            raise found.with_traceback(None)
        return found

    def stamp(self) -> Stamp:
        """A value that differs whenever the file differs. Raises OSError, also for a pipe or device (it could
        block)."""
        facts = self.path.stat()
        if not stat.S_ISREG(facts.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        return facts.st_ino, facts.st_size, facts.st_mtime_ns, facts.st_ctime_ns

    def _outcome(self) -> Content | Exception:
        try:
            return self._read(self.path)
        except self._refusal as refused:
            return refused
