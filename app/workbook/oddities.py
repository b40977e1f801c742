"""Cell contents without a value: errors, and formulas whose result was never stored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ErrorCell:
    """A cell that holds an error such as #N/A instead of a value."""

    code: str


@dataclass(frozen=True, slots=True)
class UncachedFormula:
    """A formula whose result was never stored."""

    formula: str


@dataclass(frozen=True, slots=True)
class StaleFormula(UncachedFormula):
    """A formula with a stored result that the workbook says is to be calculated anew."""
