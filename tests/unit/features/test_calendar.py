"""The declared calendar is read strictly; docs/kpis.md, "Working time"."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.features.calendar import Calendar, load_calendar
from app.features.errors import DeclarationError

WEEK = 'working_days = ["MONDAY"]\nshifts = [{start = "08:00", end = "17:00"}]\n'


def test_the_declared_calendar_is_not_around_the_clock() -> None:
    declared = load_calendar()
    assert declared.weekdays() == {0, 1, 2, 3, 4}
    assert {"08-08", "08-21", "12-25"} <= declared.off_each_year()


def test_a_shift_into_the_next_day_and_a_closure_over_the_end_of_the_year() -> None:
    read = Calendar.model_validate(
        {
            "working_days": ["SUNDAY"],
            "shifts": [{"start": "22:00", "end": "06:00"}, {"start": "06:00", "end": "07:00"}],
            "closed": [{"first": "12-30", "last": "01-01"}, {"first": "2024-02-28", "last": "2024-03-01"}],
        }
    )
    assert read.hours() == ((6 * 3600, 7 * 3600), (22 * 3600, 30 * 3600))
    assert read.off_each_year() == {"12-30", "12-31", "01-01"}
    assert [(str(first), str(last)) for first, last in read.off_once()] == [("2024-02-28", "2024-03-01")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "give working_days and shifts"),
        ("around_the_clock = true\n" + WEEK, "give no working_days"),
        ("around_the_clock = 1", "around_the_clock"),
        (WEEK + 'holidays = ["02-30"]', "holidays.0"),
        (WEEK + "holidays = [2025-12-25]", "holidays.0"),
        (WEEK + 'closed = [{first = "08-01", last = "2025-08-31"}]', "in the same way"),
        (WEEK + 'closed = [{first = "2025-08-31", last = "2025-08-01"}]', "last is before first"),
        (WEEK + 'closed = [{first = "01-01", last = "12-31"}]', "no day of the year is left"),
        (WEEK + "overtime = 1", "overtime"),
        ('working_days = ["MONTAG"]\nshifts = []', "working_days.0"),
        ('working_days = ["MONDAY"]\nshifts = [{start = "8:00", end = "17:00"}]', "shifts.0.start"),
        (
            'working_days = ["MONDAY"]\nshifts = [{start = "22:00", end = "06:00"}, {start = "05:00", end = "06:00"}]',
            "overlap",
        ),
        ("working_days = [", "cannot be read"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "calendar.toml"
    path.write_text(text)
    with pytest.raises(DeclarationError, match=said):
        load_calendar(path)


@pytest.mark.parametrize(
    "content", [f"# Mação\n{WEEK}".encode("latin-1"), b"x = " + b"[" * 20_000, b"x = " + b"9" * 5_000]
)
def test_calendar_of_other_bytes_is_refused_in_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "calendar.toml"
    path.write_bytes(content)
    with pytest.raises(DeclarationError, match=r"calendar\.toml cannot be read as a calendar"):
        load_calendar(path)


def test_calendar_with_the_mark_of_an_editor_is_read(tmp_path: Path) -> None:
    path = tmp_path / "calendar.toml"
    path.write_text(WEEK, encoding="utf-8-sig")
    assert load_calendar(path).weekdays() == {0}


def test_a_missing_calendar_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="cannot be read"):
        load_calendar(tmp_path / "calendar.toml")
