"""A period of calendar days, and the window of its throughput. Definitions: docs/kpis.md, "Periods"."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from app.database.schema.aggregates import THROUGHPUT_DAYS


@dataclass(frozen=True, slots=True)
class Period:
    """Whole factory-local days: first_day is inclusive, end_day exclusive; None leaves that side open."""

    first_day: dt.date | None
    end_day: dt.date | None

    def window(self, as_of: dt.datetime | None) -> tuple[dt.date, dt.date]:
        """Days over which throughput is counted: first and end (exclusive), equal when there are none.

        It ends with the period, but not after as_of's day. It begins with the period, or THROUGHPUT_DAYS before
        its end.
        """
        if as_of is None:
            return dt.date.min, dt.date.min
        end = as_of.date() + dt.timedelta(days=1)
        if self.end_day is not None:
            end = min(end, self.end_day)
        first = self.first_day or dt.date.fromordinal(max(end.toordinal() - THROUGHPUT_DAYS, 1))
        return min(first, end), end

    def bound(self, as_of: dt.datetime | None) -> dict[str, object]:
        """Parameters of a statement about this period: the days of the period and of its window."""
        first, end = self.window(as_of)
        return {
            "first_day": self.first_day or dt.date.min,
            "end_day": self.end_day or dt.date.max,
            "window_first_day": first,
            "window_end_day": end,
        }


def within(column: str) -> str:
    """SQL: the stamp lies in the period; null for a null stamp, so that no filter counts it."""
    return f"{column} >= CAST(:first_day AS timestamp) AND {column} < CAST(:end_day AS timestamp)"


def within_window(column: str) -> str:
    """SQL: the stamp lies in the period's throughput window."""
    return f"{column} >= CAST(:window_first_day AS timestamp) AND {column} < CAST(:window_end_day AS timestamp)"
