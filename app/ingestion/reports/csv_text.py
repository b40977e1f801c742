"""Lines of CSV that Excel opens safely: an apostrophe precedes a text that it would take for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""First characters of texts that are written as text, never as a formula."""
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""The mark by which Excel recognises UTF-8."""


def csv_lines(rows: Iterable[Sequence[object]]) -> str:
    """The rows as lines; numbers are not quoted."""
    written = io.StringIO()
    csv.writer(written).writerows([safe(cell) for cell in row] for row in rows)
    return written.getvalue()


def safe(cell: object) -> object:
    """The cell; an apostrophe is added to a text that would be a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
