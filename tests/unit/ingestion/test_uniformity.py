"""Columns of one value: how few rows may have another value, and the sentence about such a column."""

from __future__ import annotations

import pytest

from app.ingestion.sheets.uniformity import FEW_OF_A_SAMPLE, Uniform, _may_be_uniform, is_uniform


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [
        ((100, 0), (100, 5), True),
        ((100, 0), (100, 4), False),
        ((20, 0), (100, 5), True),
        ((19, 0), (100, 5), False),
        ((100, 3), (100, 40), True),
        ((100, 4), (100, 40), False),
        ((50, 2), (100, 40), False),
        ((50, 1), (100, 40), True),
        ((0, 0), (100, 40), False),
        ((100, 0), (0, 0), False),
    ],
)
def test_a_column_is_uniform_when_hardly_any_other_value_is_left(
    now: tuple[int, int], before: tuple[int, int], expected: bool
) -> None:
    """Shares are compared: of a sheet half as long, half as many rows may have another value."""
    assert is_uniform(now, before) is expected


@pytest.mark.parametrize(
    ("rows", "others", "live_others", "expected"),
    [(FEW_OF_A_SAMPLE, 0, 0, False), (FEW_OF_A_SAMPLE - 1, 50, 0, True), (500, 9, 50, True), (500, 10, 50, False)],
)
def test_a_sample_clears_what_is_far_from_the_limit(rows: int, others: int, live_others: int, expected: bool) -> None:
    assert _may_be_uniform((rows, others), (500, live_others)) is expected


def test_no_name_is_told_of_a_column_of_one_value() -> None:
    told = Uniform("Funcionarios", "Funcionario_Nome", "Zulmira Plantada", 99, 0, 90).sentence
    assert told.startswith("Funcionarios, Funcionario_Nome: one name in 99 of 99 rows, in the live run 90 rows had")


@pytest.mark.parametrize(("live_others", "among", "expected"), [(20, "", True), (19, "", False), (99, "X", False)])
def test_few_values_and_those_of_open_rows_are_no_reason_to_refuse(
    live_others: int, among: str, expected: bool
) -> None:
    assert Uniform("Fases", "Fase_Automatica", 0, 71, 0, live_others, among).is_implausible is expected
