"""Each reject code on a small workbook: which rows go, why, and what is kept of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from tests.integration.ingestion.conftest import Plant
from tests.integration.ingestion.factory import (
    ASSIGNMENTS,
    CATALOGUE,
    EMPLOYEES,
    ERRORS,
    ORDERS,
    PHASES,
    PRODUCTS,
    SKILLS,
    START,
    Rows,
    excel_row,
    factory,
)

pytestmark = pytest.mark.usefixtures("read_here")

Expected = dict[tuple[str, int], str]


def put(sheet: str, place: int, column: int, value: Any) -> Callable[[Rows], None]:
    def change(rows: Rows) -> None:
        rows[sheet][place][column] = value

    return change


def append(sheet: str, *added: list[Any]) -> Callable[[Rows], None]:
    return lambda rows: rows[sheet].extend(added)


def drop_order_and_keep_its_phases(rows: Rows) -> None:
    del rows[ORDERS][19]


CASES: dict[str, tuple[Callable[[Rows], None], Expected]] = {
    "null key": (put(SKILLS, 1, 0, None), {(SKILLS, excel_row(1)): "NULL_KEY"}),
    "null in a mandatory column": (put(PRODUCTS, 1, 1, None), {(PRODUCTS, excel_row(1)): "INVALID_TYPE"}),
    "text for a number": (put(PRODUCTS, 0, 2, "pesado"), {(PRODUCTS, excel_row(0)): "INVALID_TYPE"}),
    "fraction for an id": (put(CATALOGUE, 2, 2, 1.5), {(CATALOGUE, excel_row(2)): "INVALID_TYPE"}),
    "flag of two": (put(ASSIGNMENTS, 7, 2, 2), {(ASSIGNMENTS, excel_row(7)): "OUT_OF_RANGE"}),
    "severity of four": (put(ERRORS, 0, 3, 4), {(ERRORS, excel_row(0)): "OUT_OF_RANGE"}),
    "date in 1979": (put(SKILLS, 0, 2, dt.datetime(1979, 12, 31)), {(SKILLS, excel_row(0)): "OUT_OF_RANGE"}),
    "number beyond the column": (put(CATALOGUE, 0, 2, 2.0**40), {(CATALOGUE, excel_row(0)): "OUT_OF_RANGE"}),
    "null key before wrong type": (
        append(SKILLS, [None, "x", None]),
        {(SKILLS, excel_row(3)): "NULL_KEY"},
    ),
    "identical row": (
        append(EMPLOYEES, [1, "Zulmira Plantada", 1]),
        {(EMPLOYEES, excel_row(3)): "DUPLICATE_ROW"},
    ),
    "same key, other content": (
        append(SKILLS, [2, 2, dt.datetime(2025, 1, 1)]),
        {(SKILLS, excel_row(1)): "CONFLICTING_KEY"},
    ),
    "content of the last row came first": (
        append(SKILLS, [2, 2, None], [2, 2, START]),
        {(SKILLS, excel_row(3)): "CONFLICTING_KEY", (SKILLS, excel_row(4)): "DUPLICATE_ROW"},
    ),
    "phases of a missing order": (
        drop_order_and_keep_its_phases,
        {(PHASES, excel_row(38)): "ORPHAN_PARENT", (PHASES, excel_row(39)): "ORPHAN_PARENT"},
    ),
    "phases of a rejected order": (
        put(ORDERS, 19, 1, "ontem"),
        {
            (ORDERS, excel_row(19)): "INVALID_TYPE",
            (PHASES, excel_row(38)): "ORPHAN_PARENT",
            (PHASES, excel_row(39)): "ORPHAN_PARENT",
        },
    ),
    "an orphan does not win its key": (
        append(PHASES, [5003, 4711, None, None, None, 1, 1, 1, 0, 0, None, 1]),
        {(PHASES, excel_row(40)): "ORPHAN_PARENT"},
    ),
    "a faulty row does not win its key": (
        append(SKILLS, [2, 2, "ontem"]),
        {(SKILLS, excel_row(3)): "INVALID_TYPE"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_rejects_are_exactly_the_expected_rows(plant: Plant, name: str) -> None:
    change, expected = CASES[name]
    rows = factory()
    change(rows)
    result = plant.ingest(rows, allow_rejects=True)
    recorded = plant.rows("SELECT sheet, excel_row, code, detail, cells FROM audit.rejected_rows")
    assert {(one.sheet, one.excel_row): one.code for one in recorded} == expected
    assert all(one.detail and one.cells for one in recorded)
    counts = {sheet.sheet: sheet for sheet in result.sheets}
    for sheet, data in rows.items():
        refused = sum(1 for refused_sheet, _ in expected if refused_sheet == sheet)
        assert counts[sheet].rows_extracted == len(data)
        assert counts[sheet].rows_merged == len(data) - refused


def test_the_winner_of_a_key_is_what_core_holds(plant: Plant) -> None:
    rows = factory()
    rows[SKILLS].append([2, 2, dt.datetime(2025, 1, 1)])
    plant.ingest(rows)
    assert plant.value("SELECT qualified_at FROM core.skills WHERE employee_id = 2") == dt.datetime(2025, 1, 1)


def test_a_reject_keeps_the_cells_as_the_sheet_shows_them(plant: Plant) -> None:
    rows = factory()
    rows[ASSIGNMENTS][7][2] = 2
    rows[SKILLS].append([2, 2, None])
    plant.ingest(rows, allow_rejects=True)
    cells = dict(map(tuple, plant.rows("SELECT code, cells FROM audit.rejected_rows")))
    assert cells["OUT_OF_RANGE"] == {
        "FuncionarioFaseOf_FaseOfId": "5007",
        "FuncionarioFaseOf_FuncionarioId": "2",
        "FuncionarioFaseOf_Chefe": "2",
    }
    assert cells["CONFLICTING_KEY"] == {
        "FuncionarioFase_FuncionarioId": "2",
        "FuncionarioFase_FaseId": "2",
        "FuncionarioFase_Inicio": "2024-03-01T00:00:00",
    }


def test_open_phases_are_kept(plant: Plant) -> None:
    plant.ingest(factory())
    assert plant.value("SELECT count(*) FROM core.order_phases WHERE finished_at IS NULL") == 8
    assert plant.value("SELECT open_order_phases FROM core.snapshot_facts") == 8
