"""Descriptions of a cell: the kind of its content always, its text only if it cannot be a name."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract import SHEETS, Column, Kind
from app.workbook.cells import CellFault, type_cell
from app.workbook.oddities import ErrorCell, UncachedFormula
from app.workbook.showing import described, is_no_name, shown_in_reject

KNOWN = {"null", "nil", "none", "nan", "true", "false", "verdadeiro", "falso", "sim", "não", "nao", "yes"}
COLUMNS = [column for sheet in SHEETS for column in sheet.columns]
NO_TEXTS = [column for column in COLUMNS if column.kind is not Kind.TEXT]
NAMES = ("Zulmira", "Ana Plantada", "z) Quintino ", "José", "Ng", "Öz", "李明", "Anna-Maria 2", "4 Ever", "Nan G")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("column", NO_TEXTS, ids=lambda column: column.header)
def test_no_name_is_shown_of_a_column_that_should_hold_no_text(name: str, column: Column) -> None:
    fault = type_cell(column, name)
    assert isinstance(fault, CellFault)
    told = f"{fault.detail} {shown_in_reject(column, name)}"
    assert name not in told
    assert f"a text of {len(name)} character" in told


@pytest.mark.parametrize(
    "column", [column for column in COLUMNS if column.kind is Kind.TEXT], ids=lambda one: one.header
)
@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_in_the_detail_of_a_column_of_texts(name: str, column: Column) -> None:
    fault = type_cell(column, f"{name}\0")
    assert isinstance(fault, CellFault)
    assert name.strip() not in fault.detail
    assert "a text" in fault.detail


@given(st.text(st.characters(categories=["L"]), min_size=3).filter(lambda text: text.casefold() not in KNOWN))
def test_letters_alone_could_always_be_a_name(text: str) -> None:
    assert not is_no_name(text)


@pytest.mark.parametrize(
    "text", ["", " ", "12", "1.234,56", "2024-03-01", "01/03/2024 07:30", "2024-03-01T07:30:00Z", "1e5", "NULL", "#N/A"]
)
def test_what_is_nobodys_name_is_shown(text: str) -> None:
    assert is_no_name(text)


@pytest.mark.parametrize(
    ("cell", "shown", "found"),
    [
        (45_067.0, "45067 is a number", "number"),
        ("2024-03-01", "'2024-03-01' is a text", "text"),
        ("ontem", "a text of 5 characters", "text"),
        ("null", "'null' is a text", "null"),
        (" NULL ", "' NULL ' is a text", "null"),
        ("(null)", "'(null)' is a text", "null"),
        ("-", "'-' is a text", "null"),
        ("N/A", "'N/A' is a text", "null"),
        ("\\N", "'\\\\N' is a text", "null"),
        ("0", "'0' is a text", "text"),
        ("é", "a text of 1 character", "text"),
        (True, "TRUE is a logical value", "logical value"),
        (dt.datetime(2024, 3, 1), "2024-03-01T00:00:00 is a date", "date"),
        (dt.timedelta(hours=30), "1 day, 6:00:00 is a duration", "duration"),
        (ErrorCell("#REF!"), "the error #REF!", "error"),
        (UncachedFormula('"Zulmira"'), "a formula whose value was never stored", "formula"),
    ],
)
def test_a_cell_in_words(cell: Any, shown: str, found: str) -> None:
    assert described(cell) == (shown, found)


def test_a_formula_is_not_shown_in_a_reject() -> None:
    assert shown_in_reject(COLUMNS[0], UncachedFormula('"Zulmira"')) == "(a formula)"
