"""Signs, without a live run, that rows are missing: as many as an export stops at, or none. Pure."""

from __future__ import annotations

SHEET_ENDS = (65_535, 65_536, 1_048_575)
"""Rows that a sheet of .xls or .xlsx holds below its headers; .xls with the headers counted."""
ROUND, ROUND_AT_FIRST = 10_000, 1_000
"""Limits of exports are multiples of these, with or without the headers. A first load is judged once, so it may be
taken for a limited one by chance more often."""
FEWEST_PHASES = 1_000
"""A factory with fewer phases is young, and may have no errors or assignments yet."""


def is_at_limit(rows: int, *, is_first_load: bool) -> bool:
    """True if an export that stops at a limit has this number of rows."""
    whole = ROUND_AT_FIRST if is_first_load else ROUND
    return rows in SHEET_ENDS or (rows >= whole - 1 and rows % whole in (0, whole - 1))
