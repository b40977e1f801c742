"""Numbers of rows at which exports stop."""

from __future__ import annotations

import pytest

from app.workbook.judging.missing_rows import is_at_limit


@pytest.mark.parametrize("rows", [9_999, 10_000, 99_999, 520_000, 65_535, 65_536, 1_048_575])
def test_a_limit_of_exports_is_one_for_every_load(rows: int) -> None:
    assert is_at_limit(rows, is_first_load=True)
    assert is_at_limit(rows, is_first_load=False)


@pytest.mark.parametrize("rows", [999, 1_000, 27_000, 4_999])
def test_a_thousand_is_a_limit_for_a_first_load_alone(rows: int) -> None:
    assert is_at_limit(rows, is_first_load=True)
    assert not is_at_limit(rows, is_first_load=False)


@pytest.mark.parametrize("rows", [0, 1, 12, 71, 500, 894, 902, 15_347, 27_380, 89_836, 423_769, 519_079])
def test_other_numbers_are_none_nor_are_those_of_the_real_workbook(rows: int) -> None:
    assert not is_at_limit(rows, is_first_load=True)
