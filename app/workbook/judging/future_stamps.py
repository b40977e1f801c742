"""Judges if a sheet's stamps lie in the future by this machine's clock. Pure.

A plan may lie in the future; a creation, a start, an end or a completion cannot. Without a live run nothing else shows
that all dates are of another century.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from app.workbook.judging.reject_limits import exceeds
from app.workbook.opc.export_time import AHEAD_OF_UTC

FAR_AHEAD = dt.timedelta(days=366)
"""No clock that is looked after is wrong by more."""
NOTICED_ABOVE_PERCENT, FAR_ABOVE_PERCENT = 10, 50


@dataclass(frozen=True, slots=True)
class FutureStamps:
    """A sheet with stamps in the future.

    clock: latest local time that may have come anywhere on earth. stamps: of the sheet. ahead: of those after the
    clock. far: of those more than FAR_AHEAD after it. was_before: the live run is so too: somebody has let it pass.
    """

    sheet: str
    clock: dt.datetime
    stamps: int
    ahead: int
    far: int
    latest: dt.datetime
    was_before: bool = False

    @property
    def is_implausible(self) -> bool:
        """True if most stamps lie so far ahead that the export cannot be true."""
        return not self.was_before and exceeds(self.far, self.stamps, FAR_ABOVE_PERCENT)

    @property
    def is_noticed(self) -> bool:
        """True if enough stamps lie ahead for a warning, or for more than that."""
        return exceeds(self.ahead, self.stamps, NOTICED_ABOVE_PERCENT)

    @property
    def sentence(self) -> str:
        """The contradiction in words."""
        now = f"{self.clock - AHEAD_OF_UTC:%Y-%m-%d %H:%M}"
        return (
            f"{self.sheet}: {self.ahead:,} of {self.stamps:,} stamps lie in the future, the latest at"
            f" {self.latest:%Y-%m-%d %H:%M} (this machine's clock: {now})"
        )


def future_stamps(sheet: str, stamps: Sequence[dt.datetime], clock: dt.datetime) -> FutureStamps | None:
    """Judge these stamps. None if too few of them lie in the future to be noticed."""
    ahead = [stamp for stamp in stamps if stamp > clock]
    if not ahead:
        return None
    far = sum(stamp > clock + FAR_AHEAD for stamp in ahead)
    found = FutureStamps(sheet, clock, len(stamps), len(ahead), far, max(ahead))
    return found if found.is_noticed else None
