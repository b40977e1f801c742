"""Judges if a row of a sheet is the sum of all others: a totals row, which would count as one more of them. Pure.

Its key may be free and its text may be any, so nothing else shows it. Sheets whose rows belong to a row of another
sheet are left out: a total belongs to none.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.contract import RELATIONSHIPS, SHEETS, Column, Kind, Sheet

FEWEST_ROWS, FEWEST_SUMMED = 20, 5
"""Fewer rows, or fewer numbers other than 0 in a column, may have such a row by chance."""
PRECISION = "1e-9"
"""Sums that differ by less, relatively, are equal."""


@dataclass(frozen=True, slots=True)
class TotalsRow:
    """A row that is the sum of all others."""

    sheet: str
    excel_row: int

    @property
    def sentence(self) -> str:
        """The row in words."""
        return f"{self.sheet}, row {self.excel_row}: its numbers are the sums of all other rows, so it is a totals row"


def summed_columns(sheet: Sheet) -> list[Column]:
    """The columns of numbers that are compared; none for a sheet that is not judged."""
    if any(one.enforced and one.from_sheet == sheet.name for one in RELATIONSHIPS):
        return []
    return [column for column in sheet.columns if column.kind is Kind.NUMBER]


JUDGED = [sheet for sheet in SHEETS if summed_columns(sheet)]
