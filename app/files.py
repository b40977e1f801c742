"""Writes files atomically: a reader sees the old content or the new, never a part."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

WITHOUT_UNNAMED = (errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL)
"""Errors of a file system, or a kernel, without unnamed files."""


@contextmanager
def new_file(path: Path, mode: int = 0o644) -> Iterator[IO[bytes]]:
    """A file under a temporary name in the same folder, flushed to disk and renamed when the block ends.

    Makes the folder. Where the block raises, the file is removed and the old one stays. Raises OSError.

    mode: the file's permissions; it never has wider ones, not even under the temporary name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def unnamed_file(path: Path, mode: int) -> Iterator[IO[bytes]]:
    """A file without a name, flushed to disk and named when the block ends: a killed process leaves nothing.

    Makes the folder. Raises FileExistsError for a name that is there, and OSError. A file system that has no such files
    (NFS) gets the temporary name of `new_file`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            handle = os.open(path.parent, os.O_TMPFILE | os.O_RDWR, mode)
        except OSError as error:
            if error.errno not in WITHOUT_UNNAMED:
                raise
            with new_file(path, mode) as file:
                yield file
            return
        with os.fdopen(handle, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            os.link(f"/proc/self/fd/{file.fileno()}", path.name, dst_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)


def write_atomically(path: Path, text: str, mode: int = 0o644) -> None:
    """Write the text by `new_file`. Raises OSError."""
    content = text.encode("utf-8")
    with new_file(path, mode) as file:
        file.write(content)
