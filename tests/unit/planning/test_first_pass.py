"""A yield is told only where the errors name executions of the phase that judged."""

from __future__ import annotations

from typing import Any

import pytest

from app.planning.quality.first_pass import figures_of


def counted(errors: int, elsewhere: int = 0, unknown: int = 0, finished: int = 8, passed: int = 6) -> dict[str, int]:
    return {
        "finished_phases": finished,
        "first_pass_phases": passed,
        "errors": errors,
        "errors_judged_elsewhere": elsewhere,
        "errors_of_unknown_executions": unknown,
    }


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([counted(10)], 0.75),
        ([counted(10, elsewhere=1)], 0.75),
        ([counted(10, unknown=1)], 0.75),
        ([counted(10, elsewhere=1, unknown=1)], None),
        ([counted(9, elsewhere=1)], None),
        ([counted(10, elsewhere=10)], None),
        ([counted(10, unknown=10)], None),
        ([counted(0)], 0.75),
        ([counted(0, finished=0, passed=0)], None),
        ([], None),
        ([counted(1, elsewhere=1), counted(19)], 0.75),
        ([counted(1, elsewhere=1), counted(8)], None),
    ],
)
def test_yield_is_withheld_when_a_tenth_of_the_errors_is_elsewhere(
    rows: list[dict[str, int]], expected: float | None
) -> None:
    assert figures_of(rows)["first_pass_yield"] == expected


@pytest.mark.parametrize("rows", [[counted(1, elsewhere=1)], [counted(3, unknown=1), counted(2)]])
def test_withheld_yield_cannot_be_divided_from_what_is_told(rows: list[dict[str, Any]]) -> None:
    found = figures_of(rows)
    assert (found["first_pass_yield"], found["first_pass_phases"]) == (None, None)
    assert found["errors"] == sum(row["errors"] for row in rows)
