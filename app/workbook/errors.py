"""Why a workbook is refused before anything of it is kept: a stable code and one sentence with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class WorkbookRefused(Exception):
    """The workbook cannot be ingested as it is.

    code: NOT_FOUND, NOT_XLSX, ENCRYPTED, DAMAGED, UNSAFE_XML, TOO_LARGE, MISSING_SHEET, MISSING_HEADER,
    MISSING_COLUMN or DUPLICATE_COLUMN. exit_code: the status with which a command ends.
    """

    exit_code = 3

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@contextmanager
def told_by_name(path: Path) -> Iterator[None]:
    """For those who sent a file or named it, and need not know where it lies: a refusal says its name for its path."""
    try:
        yield
    except WorkbookRefused as refused:
        raise WorkbookRefused(refused.code, str(refused).replace(str(path), path.name)) from refused
