"""The most rows that an endpoint may examine per row returned, as a sum of terms in the size of the run.

A figure over a whole table must read the table, so its bound grows with the run; a page must not. Grammar: terms joined
by `+`, each a number or `number * fact`, where fact is a column of core.snapshot_facts: "0.4 * work_orders + 50".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.database.schema.publication import COUNTS
from app.performance.errors import DeclarationError

FACTS = COUNTS
"""Facts that a bound may name."""

TERM = re.compile(r"(?P<factor>\d+(?:\.\d+)?)(?:\s*\*\s*(?P<fact>[a-z_]+))?")


@dataclass(frozen=True, slots=True)
class RowBound:
    """A bound in rows examined per row returned; `text` is its declaration."""

    text: str
    constant: float
    factors: tuple[tuple[str, float], ...]

    @property
    def grows(self) -> bool:
        """True if a larger run may cost more."""
        return bool(self.factors)

    def rows(self, facts: Mapping[str, int]) -> float:
        """The bound for a run of this size. Raises KeyError when a fact that it names is not given."""
        return self.constant + sum(factor * facts[fact] for fact, factor in self.factors)


def parse_bound(text: str) -> RowBound:
    """Parse a bound. Raises DeclarationError for anything outside the grammar, and for a constant below 1."""
    constant, factors = 0.0, []
    for part in text.split("+"):
        term = TERM.fullmatch(part.strip())
        if term is None or term["fact"] not in (None, *FACTS):
            raise DeclarationError(
                f'"{text}" is no bound of rows: "{part.strip()}" is neither a number nor number * one of '
                f"{', '.join(FACTS)}."
            )
        if term["fact"] is None:
            constant += float(term["factor"])
        else:
            factors.append((term["fact"], float(term["factor"])))
    if constant < 1:
        raise DeclarationError(f'"{text}" allows less than one row of an empty run: add a constant of at least 1.')
    return RowBound(text, constant, tuple(factors))
