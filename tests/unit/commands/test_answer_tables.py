"""Answers of `ask` as people read them: few digits, and nothing that is no number."""

from __future__ import annotations

import pytest
from rich.table import Table

from app.commands.asking.answer_tables import shown_answer


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (22.6183746152, "22.62"),
        (0.473684210526, "0.474"),
        (-0.00423, "-0.00423"),
        (3.0, "3"),
        (1200.0, "1200"),
        (99.999, "100"),
        (0.99999, "1"),
        (0.0, "0"),
        (-0.00001, "0"),
        (-17.256, "-17.26"),
        (12, "12"),
        (True, "True"),
        (None, ""),
        ([1.23456, 2], "1.23, 2"),
    ],
)
def test_numbers_are_rounded_where_people_read_them(value: object, shown: str) -> None:
    figures, entries = shown_answer({"figure": value, "orders": [{"figure": value}]})
    assert isinstance(figures, Table)
    assert isinstance(entries, Table)
    assert list(figures.columns[1].cells) == [shown]
    assert list(entries.columns[0].cells) == [shown]
