"""Paths that are no file, cannot be read, or have a name that no terminal can show."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.corpus.case import REFUSED, Case

GROUP = "Paths"


def path(name: str, made: Callable[[Path], object], says: tuple[str, ...], file_name: str = "book.xlsx") -> Case:
    """A path that cannot be read at all."""
    return Case(GROUP, name, REFUSED, "NOT_FOUND", says, made=made, file_name=file_name)


def nothing(at: Path) -> None:
    """No file."""


CASES = (
    path("nothing at the path", nothing, ("cannot be read", "check the path")),
    path("a folder", Path.mkdir, ("is not a file", "give the path")),
    path("a pipe", os.mkfifo, ("is not a file",)),
    path("a device without end", lambda at: at.symlink_to("/dev/zero"), ("is not a file",)),
    path("a link to itself", lambda at: at.symlink_to(at), ("cannot be read",)),
    path("a file that opens and cannot be read", lambda at: at.symlink_to("/proc/self/mem"), ("cannot be read",)),
    path("a name that is too long", nothing, ("cannot be read",), "x" * 300 + ".xlsx"),
    path("a name with a zero in it", nothing, ("cannot be read",), "a\0b.xlsx"),
    Case(GROUP, "a name that is not UTF-8", file_name="b\udcffok.xlsx"),
    Case(GROUP, "a name that steers a terminal", file_name="b\x1b[31mok\n.xlsx"),
    Case(GROUP, "a damaged file of a name that is not UTF-8", REFUSED, "DAMAGED", (r"b\udcffok.xlsx is cut short",),
         bytes_of=lambda data: data[:900], file_name="b\udcffok.xlsx"),
    Case(GROUP, "a damaged file of a name that steers a terminal", REFUSED, "DAMAGED", (r"b\x1b[31mok\n.xlsx is cut",),
         bytes_of=lambda data: data[:900], file_name="b\x1b[31mok\n.xlsx"),
)  # fmt: skip
