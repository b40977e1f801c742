"""Ratios, and the counts of matched references that reports contain. Pure."""

from __future__ import annotations

from typing import Any


def ratio(part: float, whole: float) -> float | None:
    """part / whole; None when the whole is 0."""
    return part / whole if whole else None


def match_counts(matched: int, referencing: int) -> dict[str, Any]:
    """The object of a match rate in a report, with both counts."""
    return {
        "referencing": referencing,
        "matched": matched,
        "orphans": referencing - matched,
        "match_rate": ratio(matched, referencing),
    }
