"""Refusals of a workbook: a stable code, and one sentence with the remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST_SHOWN, FEW = 60, 3
"""Limits of a sentence: characters of a name, and number of names."""


class WorkbookRefused(Exception):
    """The workbook cannot be ingested as it is.

    code: NOT_FOUND, CHANGED, NOT_XLSX, ENCRYPTED, DAMAGED, UNSAFE_XML, TOO_LARGE, TOO_DEMANDING, MISSING_SHEET,
    DUPLICATE_SHEET, MISSING_HEADER, MISSING_COLUMN or DUPLICATE_COLUMN.
    exit_code: the status with which a command ends. The message is printable whatever names stand in it.
    """

    exit_code = 3

    def __init__(self, code: str, message: str) -> None:
        super().__init__(printable(message))
        self.code = code


def printable(text: str) -> str:
    """A text with control characters and undecodable bytes escaped, for terminals, logs and the database."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape", "surrogatepass").decode() for letter in text
    )


def shortened(name: str) -> str:
    """A name shortened for a sentence."""
    return name if len(name) <= LONGEST_SHOWN else f"{name[:LONGEST_SHOWN]}…"


def shown_name(path: Path, whole: bool = False) -> str:
    """A file's name, printable."""
    return printable(str(path) if whole else path.name)


@contextmanager
def path_hidden(path: Path) -> Iterator[None]:
    """Replace the server path by the file name in messages to clients."""
    try:
        yield
    except WorkbookRefused as refused:
        told = str(refused).replace(shown_name(path, whole=True), shown_name(path))
        raise WorkbookRefused(refused.code, told) from refused
