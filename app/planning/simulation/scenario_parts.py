"""Members of a scenario: places, breakdowns, overtime, due dates. Definitions: docs/kpis.md, "What if"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator

from app.features.calendar import Calendar, Weekday
from app.planning.snapshot.answer import Answer

MOST_PLACES, MOST_OVERTIME_DAYS = 1_000, 366
Number = Annotated[int, Field(strict=True, ge=-(2**63), le=2**63 - 1)]


def _day(text: str) -> str:
    dt.date.fromisoformat(text)
    return text


def _moment(text: str) -> str:
    return dt.datetime.fromisoformat(text).isoformat()


DayText = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    AfterValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2025-03-08"]}),
]
MomentText = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?$"),
    AfterValidator(_moment),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time-local",
            "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$",
            "examples": ["2025-03-03T08:00:00"],
        }
    ),
]
"""A factory-local moment, to the second."""


class CapacityOverride(Answer):
    """So many executions of a phase may run side by side."""

    phase_id: Number
    capacity: int = Field(strict=True, ge=1, le=MOST_PLACES)


class Breakdown(Answer):
    """Places of a phase that are out of use for a time."""

    phase_id: Number
    starts_at: MomentText = Field(description="factory-local")
    ends_at: MomentText = Field(description="factory-local, after starts_at")
    places: int | None = Field(
        None, strict=True, ge=1, le=MOST_PLACES, description="so many; null, or as many as there are: the whole phase"
    )

    @model_validator(mode="after")
    def _forwards(self) -> Breakdown:
        if self.ends_at <= self.starts_at:
            raise ValueError("ends_at is not after starts_at")
        return self


class Overtime(Answer):
    """Hours of work more on each day of a period: after the last shift, on a day without work from the first on."""

    first: DayText
    last: DayText = Field(description="this day too")
    hours: float = Field(
        strict=True, gt=0, le=24, description="more of each day; they must end before the next day's first shift"
    )
    weekdays: tuple[Weekday, ...] = Field(
        (), max_length=7, description="only these, Saturdays too where named; none: the working days of the calendar"
    )
    on_days_off: bool = Field(False, strict=True, description="on holidays and closed days too")
    phase_id: Number | None = Field(None, description="only this phase; null: the whole factory")

    @model_validator(mode="after")
    def _bounded(self) -> Overtime:
        if self.last < self.first:
            raise ValueError("last is before first")
        if (dt.date.fromisoformat(self.last) - dt.date.fromisoformat(self.first)).days >= MOST_OVERTIME_DAYS:
            raise ValueError(f"more than {MOST_OVERTIME_DAYS} days")
        return self

    @property
    def seconds(self) -> int:
        """The hours in seconds, to the nearest one."""
        return round(self.hours * 3600)

    def days(self, calendar: Calendar) -> Iterator[dt.date]:
        """Days with this overtime."""
        names = list(Weekday)
        wanted = {names.index(day) for day in self.weekdays} or calendar.weekdays()
        first, last = (dt.date.fromisoformat(day).toordinal() for day in (self.first, self.last))
        for number in range(first, last + 1):
            day = dt.date.fromordinal(number)
            if day.weekday() in wanted and (self.on_days_off or not calendar.is_off(day)):
                yield day


class DueDate(Answer):
    """Another due day of an order than its transport day."""

    work_order_id: Number
    due: DayText | None = Field(description="null: nothing is due")
