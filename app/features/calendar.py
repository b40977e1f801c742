"""A working calendar: working days, shifts, holidays and closures; the factory's own is declared in calendar.toml."""

from __future__ import annotations

import datetime as dt
import hashlib
import tomllib
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from app.features.errors import DeclarationError

DECLARATION = Path(__file__).with_name("calendar.toml")
DAY_S = 86_400
LEAP_YEAR = 2000
"""A year that has every day."""
MOST_SHIFTS, MOST_DAYS = 12, 500


class Weekday(StrEnum):
    """Days of the week, Monday first."""

    MONDAY = "MONDAY"
    TUESDAY = "TUESDAY"
    WEDNESDAY = "WEDNESDAY"
    THURSDAY = "THURSDAY"
    FRIDAY = "FRIDAY"
    SATURDAY = "SATURDAY"
    SUNDAY = "SUNDAY"


def _existing(day: str) -> str:
    dt.date.fromisoformat(day if _is_once(day) else f"{LEAP_YEAR}-{day}")
    return day


def _is_once(day: str) -> bool:
    return len(day) > len("MM-DD")


Day = Annotated[str, StringConstraints(pattern=r"^([0-9]{4}-)?[0-9]{2}-[0-9]{2}$"), AfterValidator(_existing)]
"""A day of each year (MM-DD) or of one (YYYY-MM-DD)."""
ClockTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Shift(_Part):
    """Working hours of a working day. An end that is not later than the start is of the next day."""

    start: ClockTime = Field(examples=["08:00"])
    end: ClockTime = Field(examples=["17:00"])

    @property
    def seconds(self) -> tuple[int, int]:
        """Start and end in seconds after midnight; the end may be of the next day."""
        start, end = (int(text[:2]) * 3600 + int(text[3:]) * 60 for text in (self.start, self.end))
        return start, end if end > start else end + DAY_S


class Closure(_Part):
    """Days without work, from the first to the last, both included."""

    first: Day = Field(examples=["08-08"])
    last: Day = Field(examples=["08-21"])

    @model_validator(mode="after")
    def _in_one_way(self) -> Closure:
        if _is_once(self.first) != _is_once(self.last):
            raise ValueError("give first and last in the same way, both MM-DD or both YYYY-MM-DD")
        if _is_once(self.first) and self.last < self.first:
            raise ValueError("last is before first")
        return self


class Calendar(_Part):
    """When the factory works."""

    around_the_clock: bool = Field(False, strict=True, description="day and night; then nothing else is given")
    working_days: tuple[Weekday, ...] = Field((), max_length=7)
    shifts: tuple[Shift, ...] = Field((), max_length=MOST_SHIFTS, description="of each working day")
    holidays: tuple[Day, ...] = Field((), max_length=MOST_DAYS, description="MM-DD each year, YYYY-MM-DD once")
    closed: tuple[Closure, ...] = Field((), max_length=MOST_DAYS, description="MM-DD each year, YYYY-MM-DD once")

    @model_validator(mode="after")
    def _has_work(self) -> Calendar:
        given = bool(self.working_days or self.shifts or self.holidays or self.closed)
        if self.around_the_clock and given:
            raise ValueError("around_the_clock is true, so give no working_days, shifts, holidays or closed")
        if not self.around_the_clock and not (self.working_days and self.shifts):
            raise ValueError("give working_days and shifts, or around_the_clock")
        hours = sorted(shift.seconds for shift in self.shifts)
        following = [*hours[1:], *((start + DAY_S, end + DAY_S) for start, end in hours[:1])]
        if any(end > start for (_, end), (start, _) in zip(hours, following, strict=True)):
            raise ValueError("two shifts overlap")
        if len(self.off_each_year()) == len(_days_from("01-01", "12-31")):
            raise ValueError("no day of the year is left to work on")
        return self

    def hours(self) -> tuple[tuple[int, int], ...]:
        """Shifts of a working day, earliest first, in seconds after its midnight."""
        return ((0, DAY_S),) if self.around_the_clock else tuple(sorted(shift.seconds for shift in self.shifts))

    def weekdays(self) -> frozenset[int]:
        """Numbers of the working days; Monday is 0."""
        return frozenset(
            place for place, day in enumerate(Weekday) if self.around_the_clock or day in self.working_days
        )

    def is_off(self, day: dt.date) -> bool:
        """True for a holiday or a closed day; a weekday without work is neither."""
        yearly, once = _days_off(self)
        return f"{day:%m-%d}" in yearly or any(first <= day <= last for first, last in once)

    def off_each_year(self) -> frozenset[str]:
        """Days without work of each year, MM-DD."""
        closed = [_days_from(one.first, one.last) for one in self.closed if not _is_once(one.first)]
        return frozenset(day for day in self.holidays if not _is_once(day)).union(*closed)

    def off_once(self) -> tuple[tuple[dt.date, dt.date], ...]:
        """First and last day of each closure and holiday of one year."""
        holidays = [(day, day) for day in self.holidays if _is_once(day)]
        closed = [(one.first, one.last) for one in self.closed if _is_once(one.first)]
        return tuple((dt.date.fromisoformat(first), dt.date.fromisoformat(last)) for first, last in holidays + closed)


@lru_cache(maxsize=32)
def _days_off(calendar: Calendar) -> tuple[frozenset[str], tuple[tuple[dt.date, dt.date], ...]]:
    return calendar.off_each_year(), calendar.off_once()


def _days_from(first: str, last: str) -> list[str]:
    """MM-DD of each day from the first to the last, over the end of the year if the last is earlier."""
    start, end = (dt.date.fromisoformat(f"{LEAP_YEAR}-{day}") for day in (first, last))
    days = (end - start).days % 366 + 1
    return [f"{start + dt.timedelta(days=n - 366 * (start.timetuple().tm_yday + n > 366)):%m-%d}" for n in range(days)]


@cache
def load_calendar(own: Path | None = None) -> Calendar:
    """The calendar of a plant's own file, else the declared one.

    Raises DeclarationError when it cannot be read or contradicts itself.
    """
    path = own or DECLARATION
    try:
        return Calendar.model_validate(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise DeclarationError(f"{path.name}: {place + ': ' if place else ''}{first['msg']}") from error
    except (OSError, ValueError, RecursionError) as error:  # no UTF-8, no TOML, or a nesting that Python does not take
        raise DeclarationError(f"{path.name} cannot be read as a calendar: {error}") from error


@cache
def calendar_digest(own: Path | None = None) -> str:
    """A digest of what `load_calendar` returns. Raises as that does."""
    return hashlib.sha256(load_calendar(own).model_dump_json().encode()).hexdigest()
