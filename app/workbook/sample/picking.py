"""Picks an exact share of `total` items, spread at random, without storing them."""

from __future__ import annotations

import math
from random import Random


class Picker:
    """Divides 0 … total-1 into disjoint classes of given sizes; the same seed gives the same choice.

    A random affine permutation of the indices: the first size₀ places are class 0, the next size₁ class 1, and so on.
    """

    def __init__(self, rng: Random, total: int, *sizes: int) -> None:
        self._total = max(1, total)
        factor = rng.randrange(self._total) | 1
        while math.gcd(factor, self._total) != 1:
            factor += 2
        self._factor, self._offset = factor, rng.randrange(self._total)
        self._ends = []
        end = 0
        for size in sizes:
            end += size
            self._ends.append(end)

    def place(self, index: int) -> int:
        """The place that the permutation gives an index: distinct for distinct indices below the total."""
        return (index * self._factor + self._offset) % self._total

    def of(self, index: int) -> int:
        """The class of an index; the number of classes when it is in none."""
        place = self.place(index)
        for number, end in enumerate(self._ends):
            if place < end:
                return number
        return len(self._ends)

    def __contains__(self, index: int) -> bool:
        """True if the index is in the first class."""
        return self.of(index) == 0


def share(count: int, of: int, total: int) -> int:
    """`count` in `of`, scaled to `total`, and at least 1: a fault of the real data occurs at any scale."""
    return min(total, max(1, round(count * total / of))) if total else 0
