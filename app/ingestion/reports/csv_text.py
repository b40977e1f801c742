"""Lines of CSV that Excel opens safely: a text that it would take for a formula stands behind an apostrophe."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A text that starts like this is shown as text: never typed as a formula, and quoted for whoever edits the cell."""
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""By it Excel knows that a CSV is UTF-8."""


def csv_lines(rows: Iterable[Sequence[object]]) -> str:
    """The rows as lines; numbers are written as they are."""
    written = io.StringIO()
    csv.writer(written).writerows([safe(cell) for cell in row] for row in rows)
    return written.getvalue()


def safe(cell: object) -> object:
    """The cell; a text that would be a formula begins with an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
