"""Standard streams that may fail or be missing: `| head`, `>&-`, a full disk, a terminal without Unicode.

The verdict is on disk and in the exit code; text that cannot be printed is dropped.
"""

from __future__ import annotations

import io
import os
import select
import shutil
import sys
from contextlib import suppress
from typing import TextIO


class _Forgiving(io.FileIO):
    """A descriptor whose failed writes are dropped."""

    def write(self, data: object) -> int:
        size = memoryview(data).nbytes  # type: ignore[arg-type]
        try:
            written = super().write(data)  # type: ignore[arg-type]
            if written is None:  # it does not block, and its reader is slow
                select.select([], [self], [])
                written = super().write(data)  # type: ignore[arg-type]
        except (OSError, ValueError):
            return size
        return size if written is None else written


def forgiving(descriptor: int, encoding: str | None, *, own: bool = False) -> TextIO:
    """A text stream that never raises; characters that the encoding lacks are escaped.

    own: the descriptor is closed with the stream.
    """
    raw = _Forgiving(descriptor, "w", closefd=own)
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding=encoding or "utf-8", errors="backslashreplace", line_buffering=True
    )


def survive_lost_streams() -> None:
    """Make this process's standard streams forgiving, and open those that are missing.

    Otherwise the next opened file would get a free descriptor 0, 1 or 2.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if stream is not None and stream is not getattr(sys, f"__{name}__"):
            continue  # another program's, such as a notebook's
        if stream is not None:
            with suppress(OSError, ValueError):
                stream.flush()
        setattr(sys, name, forgiving(descriptor, getattr(stream, "encoding", None)))


def columns_of(stream: TextIO) -> int | None:
    """Columns of a terminal; None for a stream that is none."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def shows_symbols(stream: TextIO) -> bool:
    """True if the stream can print the symbols beside the colours."""
    return (getattr(stream, "encoding", "") or "").lower().startswith("utf")
