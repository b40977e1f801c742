"""One cell of one column: its value unchanged, or its fault."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.contract import BIGINT, EARLIEST, INTEGER, LATEST, Column, Kind
from app.workbook.cells import LARGEST_NUMBER, CellFault, Typed, type_cell
from app.workbook.oddities import ErrorCell, UncachedFormula
from app.workbook.showing import raw_text

INT = Column("I", "i", Kind.INT, bounds=BIGINT)
SHIFT = Column("S", "s", Kind.INT, nullable=True, bounds=INTEGER)
SEVERITY = Column("G", "g", Kind.INT, bounds=(1, 3))
NUMBER = Column("N", "n", Kind.NUMBER)
FLAG = Column("F", "f", Kind.FLAG, bounds=(0, 1))
TEXT = Column("T", "t", Kind.TEXT)
PERSON = Column("P", "p", Kind.TEXT, personal=True)
MOMENT = Column("M", "m", Kind.DATETIME)
DAY = Column("D", "d", Kind.DATE, nullable=True)
WRONG, OUTSIDE, NULL_KEY = "INVALID_TYPE", "OUT_OF_RANGE", "NULL_KEY"


def result(column: Column, cell: Any, *, in_key: bool = False) -> Any:
    """(value, note), or the fault's code."""
    typed = type_cell(column, cell, in_key=in_key)
    return typed.code if isinstance(typed, CellFault) else (typed.value, typed.note)


@pytest.mark.parametrize(
    ("column", "cell", "expected"),
    [
        (INT, 12.0, (12, "")),
        (INT, -0.0, (0, "")),
        (INT, 12.5, WRONG),
        (INT, math.nan, WRONG),
        (INT, math.inf, WRONG),
        (INT, 2.0**63, OUTSIDE),
        (INT, -(2.0**63), OUTSIDE),
        (INT, str(-(2**63)), (-(2**63), "TEXT_NUMBER")),
        (INT, True, WRONG),
        (INT, dt.date(2020, 1, 1), WRONG),
        (INT, "12", (12, "TEXT_NUMBER")),
        (INT, " +12 ", (12, "TEXT_NUMBER")),
        (INT, "12.00", (12, "TEXT_NUMBER")),
        (INT, "9007199254740993", (9007199254740993, "TEXT_NUMBER")),
        (INT, "9223372036854775808", OUTSIDE),
        (INT, "12.5", WRONG),
        (INT, "1e3", WRONG),
        (INT, "12,0", WRONG),
        (INT, "1 2", WRONG),
        (INT, "١٢", WRONG),
        (INT, "9" * 30_000, WRONG),
        (SHIFT, 2.0**31, OUTSIDE),
        (SHIFT, -(2.0**31), (-(2**31), "")),
        (SEVERITY, 0.0, OUTSIDE),
        (SEVERITY, 3.0, (3, "")),
        (SEVERITY, 4.0, OUTSIDE),
        (NUMBER, 12.300000190734863, (12.300000190734863, "")),
        (NUMBER, "1.5e-3", (0.0015, "TEXT_NUMBER")),
        (NUMBER, "1e999", OUTSIDE),
        (NUMBER, "nan", WRONG),
        (NUMBER, "1,5", WRONG),
        (NUMBER, True, WRONG),
        (FLAG, 1.0, (True, "")),
        (FLAG, True, (True, "BOOLEAN_FLAG")),
        (FLAG, "0", (False, "TEXT_NUMBER")),
        (FLAG, 2.0, OUTSIDE),
        (FLAG, 0.5, OUTSIDE),
        (FLAG, "sim", WRONG),
        (TEXT, "  two  blanks ", ("  two  blanks ", "")),
        (TEXT, 12.0, WRONG),
        (TEXT, "a\x00b", WRONG),
        (MOMENT, dt.datetime(2020, 1, 2, 3, 4, 5, 678000), (dt.datetime(2020, 1, 2, 3, 4, 5, 678000), "")),
        (MOMENT, dt.date(2020, 1, 2), (dt.datetime(2020, 1, 2), "")),
        (MOMENT, dt.datetime(1979, 12, 31, 23, 59, 59, 999000), OUTSIDE),
        (MOMENT, EARLIEST, (EARLIEST, "")),
        (MOMENT, dt.datetime(2100, 12, 31, 23, 59), (dt.datetime(2100, 12, 31, 23, 59), "")),
        (MOMENT, LATEST, OUTSIDE),
        (MOMENT, 45000.0, WRONG),
        (MOMENT, "2020-01-02", WRONG),
        (MOMENT, dt.timedelta(hours=30), WRONG),
        (MOMENT, dt.time(3, 4), WRONG),
        (DAY, dt.date(2020, 1, 2), (dt.date(2020, 1, 2), "")),
        (DAY, dt.datetime(2020, 1, 2), (dt.date(2020, 1, 2), "")),
        (DAY, dt.datetime(2020, 1, 2, 0, 1), WRONG),
    ],
)
def test_cell_becomes_its_value_or_its_fault(column: Column, cell: Any, expected: Any) -> None:
    found = result(column, cell)
    assert found == expected
    if isinstance(found, tuple):
        assert type(found[0]) is type(expected[0])


@pytest.mark.parametrize("kind", list(Kind))
def test_null_depends_on_the_column_alone(kind: Kind) -> None:
    nullable, needed = Column("C", "c", kind, nullable=True), Column("C", "c", kind)
    assert result(nullable, "NULL") == (None, "")
    assert result(nullable, "") == (None, "EMPTY_CELL")
    for null in ("NULL", ""):
        assert result(needed, null) == WRONG
        assert result(needed, null, in_key=True) == NULL_KEY


@pytest.mark.parametrize("kind", list(Kind))
def test_error_and_formula_without_value_are_faults_even_where_null_is_allowed(kind: Kind) -> None:
    column = Column("C", "c", kind, nullable=True)
    assert result(column, ErrorCell("#N/A")) == WRONG
    assert result(column, UncachedFormula("1+1")) == WRONG


@settings(deadline=None)
@given(st.integers(-(2**53) + 1, 2**53 - 1))
def test_whole_number_keeps_its_value_as_number_and_as_text(number: int) -> None:
    assert result(INT, float(number)) == (number, "")
    assert result(INT, str(number)) == (number, "TEXT_NUMBER")


@settings(deadline=None)
@given(st.floats(-LARGEST_NUMBER, LARGEST_NUMBER))
def test_float_keeps_every_bit_but_the_sign_of_zero(number: float) -> None:
    for cell in (number, f"{number:.16e}"):  # not 1.125, which may be thousands
        value = result(NUMBER, cell)[0]
        assert (value, math.copysign(1, value)) == (number, math.copysign(1, number or 0.0))


@pytest.mark.parametrize("number", [LARGEST_NUMBER, -LARGEST_NUMBER])
def test_number_that_cannot_be_summed_is_out_of_range(number: float) -> None:
    assert result(NUMBER, number) == (number, "")
    beyond = type_cell(NUMBER, math.nextafter(number, number * 2))
    assert isinstance(beyond, CellFault)
    assert beyond.code == OUTSIDE


@settings(deadline=None)
@given(st.text().filter(lambda text: text not in ("", "NULL") and "\x00" not in text))
def test_text_is_untouched(text: str) -> None:
    assert result(TEXT, text) == (text, "")


ANYTHING = st.one_of(
    st.none(), st.text(), st.floats(), st.booleans(), st.datetimes(), st.dates(), st.times(), st.timedeltas()
)


@settings(deadline=None)
@given(ANYTHING, st.sampled_from([INT, SHIFT, NUMBER, FLAG, TEXT, MOMENT, DAY]))
def test_no_cell_raises_and_what_is_kept_fits_its_column(cell: Any, column: Column) -> None:
    typed = type_cell(column, cell)
    assert "\x00" not in raw_text(cell)
    if isinstance(typed, Typed) and typed.value is not None:
        kept = {"int": int, "number": float, "flag": bool, "text": str, "datetime": dt.datetime, "date": dt.date}
        assert type(typed.value) is kept[column.kind.value]
    elif isinstance(typed, CellFault):
        assert typed.code in {WRONG, OUTSIDE}


def test_fault_of_a_personal_column_shows_no_cell() -> None:
    fault = type_cell(PERSON, 123456.0)
    assert isinstance(fault, CellFault)
    assert "123456" not in fault.detail
    hidden = type_cell(PERSON, "Zulmira\x00")
    assert isinstance(hidden, CellFault)
    assert "Zulmira" not in hidden.detail


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (12.0, "12"),
        (0.1, "0.1"),
        (dt.datetime(2020, 1, 2, 3), "2020-01-02T03:00:00"),
        (ErrorCell("#N/A"), "#N/A"),
        (UncachedFormula("A1+1"), "=A1+1"),
        ("a\x00b", "a_x0000_b"),
        (True, "True"),
    ],
)
def test_raw_text_shows_a_cell_as_its_owner_knows_it(cell: Any, shown: str) -> None:
    assert raw_text(cell) == shown


@pytest.mark.parametrize("cell", [-0.0, "-0", "-0.0"])
def test_minus_zero_is_zero(cell: Any) -> None:
    assert repr(result(NUMBER, cell)[0]) == "0.0"
