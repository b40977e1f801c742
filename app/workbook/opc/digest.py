"""The identity of a workbook: SHA-256 of its bytes."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.workbook.errors import WorkbookRefused, shown_name


def sha256_of(path: Path) -> str:
    """SHA-256 of the file as 64 hexadecimal digits. Raises WorkbookRefused (NOT_FOUND) as `require_file` does."""
    require_file(path)
    with unreadable_refused(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_file(path: Path) -> None:
    """Raises WorkbookRefused (NOT_FOUND) when nothing exists at the path, or no regular file: a pipe has no end."""
    with unreadable_refused(path):
        is_file = stat.S_ISREG(path.stat().st_mode)
    if not is_file:
        where = shown_name(path, whole=True)
        raise WorkbookRefused("NOT_FOUND", f"{where} is not a file: give the path of an exported workbook.")


def require_readable(path: Path) -> None:
    """Raises WorkbookRefused (NOT_FOUND) as `require_file` does, and for a file that cannot be opened."""
    require_file(path)  # first, because opening a pipe waits for its writer
    with unreadable_refused(path):
        path.open("rb").close()


@contextmanager
def unreadable_refused(path: Path) -> Iterator[None]:
    """Convert errors of the file system to WorkbookRefused (NOT_FOUND)."""
    try:
        yield
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        where = shown_name(path, whole=True)
        raise WorkbookRefused(
            "NOT_FOUND", f"The workbook {where} cannot be read ({reason}): check the path and its permissions."
        ) from error
