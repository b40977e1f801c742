"""Rounds of two competitors' times, and when their median is decided (check E9)."""

from __future__ import annotations

from collections.abc import Sequence

ROUNDS = 3
BOUND = 1.0
"""The largest ratio at which the first competitor is not the slower one."""


def is_decided(ratios: Sequence[float]) -> bool:
    """Return True once no round that is left can move the median of all rounds across the bound."""
    within = sum(ratio <= BOUND for ratio in ratios)
    return max(within, len(ratios) - within) > ROUNDS // 2
