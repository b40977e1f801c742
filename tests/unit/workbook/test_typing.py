"""Whole columns at once give what cell by cell gives, and every faulty row is told once."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.contract import SHEETS, Column, Kind, Sheet
from app.workbook.cells import CellFault, Typed, type_cell
from app.workbook.oddities import ErrorCell, UncachedFormula
from app.workbook.typing import Chunk, typed_chunks
from app.workbook.workbook_reading import ContractSheet

COLUMNS = {
    (column.kind, column.nullable, column.bounds): (sheet, column)
    for sheet in SHEETS
    for column in sheet.columns
    if column.header not in sheet.key
}
"""One column of each kind, nullability and bounds that the contract has, and its sheet."""
EDGES: list[Any] = [
    *(0.0, 1.0, -0.0, 2.0, 3.0, 4.0, 0.5, 2.0**31, 2.0**53, 2.0**62, 2.0**63, -(2.0**63), 1e300, math.inf, math.nan),
    *("", "NULL", "null", "12", " 7 ", "1.5", "a\x00", "  ", True, False, ErrorCell("#N/A"), UncachedFormula("1")),
    *(dt.datetime(1980, 1, 1), dt.datetime(1979, 12, 31), dt.datetime(2100, 12, 31, 23, 59), dt.datetime(2101, 1, 1)),
    *(dt.date(1980, 1, 1), dt.date(1979, 12, 31), dt.date(2100, 12, 31), dt.date(2101, 1, 1)),
    *(dt.time(1), dt.timedelta(hours=30)),
]
ORDINARY: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.INT: st.integers(1, 3).map(float),
    Kind.NUMBER: st.floats(0, 1e6),
    Kind.FLAG: st.sampled_from([0.0, 1.0]),
    Kind.TEXT: st.text(min_size=1, max_size=5),
    Kind.DATETIME: st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2050, 1, 1)) | st.dates(dt.date(1990, 1, 1)),
    Kind.DATE: st.dates(dt.date(1990, 1, 1), dt.date(2050, 1, 1)),
}


def chunks_of(sheet: Sheet, rows: list[tuple[int, list[Any]]], size: int = 20_000) -> list[Chunk]:
    places = list(range(1, len(sheet.columns) + 1))
    workbook: Any = SimpleNamespace(
        contract_sheet=lambda *_: ContractSheet(iter([rows]), places, ("Mais",)),
        add_texts=lambda name, characters: None,
    )
    return list(typed_chunks(workbook, sheet, size))


def ordinary(column: Column) -> Any:
    example = {Kind.TEXT: "x", Kind.DATETIME: dt.datetime(2020, 1, 2, 3), Kind.DATE: dt.date(2020, 1, 2)}
    return example.get(column.kind, 1.0)


def same(left: Any, right: Any) -> bool:
    return type(left) is type(right) and left == right and repr(left) == repr(right)


@pytest.mark.parametrize("make", COLUMNS, ids=str)
@settings(max_examples=30, deadline=None)
@given(st.data())
def test_column_equals_its_cells(make: tuple[Kind, bool, Any], data: st.DataObject) -> None:
    sheet, column = COLUMNS[make]
    place = sheet.columns.index(column)
    null = ["NULL", ""] if column.nullable else []
    usual = st.one_of(ORDINARY[column.kind], *([st.sampled_from(null)] if null else []))
    cells = data.draw(st.lists(usual, max_size=6)) + data.draw(st.lists(st.sampled_from(EDGES), max_size=2))
    rows = [[ordinary(each) for each in sheet.columns] for _ in cells]
    for row, cell in zip(rows, cells, strict=True):
        row[place] = cell
    found = chunks_of(sheet, list(enumerate(rows, 2)))
    expected = [type_cell(column, cell) for cell in cells]
    values = [value for chunk in found for value in chunk.columns[place]]
    notes = sum((chunk.notes for chunk in found), Counter())
    faults = {number: fault.code for chunk in found for number, fault in chunk.faults.items()}
    assert all(
        same(value, typed.value if isinstance(typed, Typed) else None)
        for value, typed in zip(values, expected, strict=True)
    )
    assert faults == {number: typed.code for number, typed in enumerate(expected) if isinstance(typed, CellFault)}
    assert notes == Counter((column.header, t.note) for t in expected if isinstance(t, Typed) and t.note)


PHASES, PEOPLE = (next(sheet for sheet in SHEETS if sheet.table == table) for table in ("order_phases", "employees"))


def test_row_with_several_faults_has_the_gravest_code_and_every_detail() -> None:
    row = [ordinary(column) for column in PHASES.columns]
    row[0], row[5], row[9] = "NULL", "abc", 2.0
    (chunk,) = chunks_of(PHASES, [(17, row)])
    fault = chunk.faults[0]
    assert (chunk.excel_rows, fault.code) == ([17], "NULL_KEY")
    assert [name in fault.detail for name in ("FaseOf_Id", "FaseOf_Coeficiente", "FaseOf_Retorno")] == [True] * 3
    assert fault.raw_cells["FaseOf_Id"] == "NULL"
    assert fault.raw_cells["FaseOf_Coeficiente"] == "(a text of 3 characters)"


def test_reject_of_a_person_does_not_hold_the_name() -> None:
    (chunk,) = chunks_of(PEOPLE, [(2, ["x", "Zulmira", 9.0])])
    assert "Zulmira" not in repr(chunk.faults[0])
    assert set(chunk.faults[0].raw_cells) == {"Funcionario_Id", "Funcionario_Activo"}


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_chunks_hold_every_row_once_whatever_their_size(size: int) -> None:
    rows = [(number, [float(number), "x", 1.0]) for number in range(2, 12)]
    found = chunks_of(PEOPLE, rows, size)
    assert [number for chunk in found for number in chunk.excel_rows] == list(range(2, 12))
    assert [value for chunk in found for value in chunk.columns[0]] == list(range(2, 12))
    assert max(len(chunk.excel_rows) for chunk in found) <= size
