"""The identity of a workbook: SHA-256 of its bytes."""

from __future__ import annotations

import hashlib
from pathlib import Path

from app.workbook.errors import WorkbookRefused


def sha256_of(path: Path) -> str:
    """SHA-256 of the file as 64 hexadecimal digits. Raises WorkbookRefused (NOT_FOUND) when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WorkbookRefused(
            "NOT_FOUND", f"The workbook {path} cannot be read ({error.strerror}): check the path and its permissions."
        ) from error
