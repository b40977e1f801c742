"""Judges if a sheet without key holds its rows twice. Pure.

Identical rows of such a sheet are separate events, so no single row is refused. The real workbook has none.
"""

from __future__ import annotations

from dataclasses import dataclass

FEWEST_CONTENTS = 20
REPEATED_ABOVE_PERCENT = 50


@dataclass(frozen=True, slots=True)
class Repeated:
    """A sheet that holds its rows twice. contents: number of different rows. repeated: how many of them stand more than
    once. first_rows: Excel rows of the first repetition."""

    sheet: str
    contents: int
    repeated: int
    first_rows: tuple[int, int]

    @property
    def sentence(self) -> str:
        """The repetition in words."""
        first, second = self.first_rows
        return (
            f"{self.sheet}: {self.repeated:,} of {self.contents:,} different rows stand there more than once"
            f" (rows {first} and {second} are the same), and each would count as an event of its own"
        )


def are_repeated(contents: int, repeated: int) -> bool:
    """True if most of the different rows stand more than once."""
    return contents >= FEWEST_CONTENTS and repeated * 100 > contents * REPEATED_ABOVE_PERCENT
