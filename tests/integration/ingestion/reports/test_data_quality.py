"""Odd values that are kept are counted, and never rejected."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl

from app.ingestion.run_result import IngestionResult
from tests.integration.ingestion.conftest import Plant
from tests.integration.ingestion.factory import (
    AS_OF,
    ASSIGNMENTS,
    CATALOGUE,
    EMPLOYEES,
    ERRORS,
    ORDERS,
    PHASES,
    PRODUCTS,
    ROUTES,
    SKILLS,
    START,
    Rows,
    factory,
)

DAY = dt.timedelta(days=1)


def odd_factory() -> Rows:
    """The factory with one oddity of each kind planted, some twice."""
    rows = factory()
    orders, phases = rows[ORDERS], rows[PHASES]
    orders[0][2] = orders[0][1] - DAY
    orders[1][5] = orders[1][1] - DAY
    orders[2][5] = AS_OF + DAY
    orders[3][1] = START - 400 * DAY
    orders[4][1] += dt.timedelta(hours=9)
    phases[1][3] = phases[1][2] - DAY
    phases[2][2] = None
    phases[3][2] = START - 4 * 366 * DAY
    phases[4][8] = 12.5
    rows[ASSIGNMENTS] += [[5000, 2, 1], [5003, 2, 0]]
    rows[ERRORS][0][5] = None
    rows[ERRORS][1][5] = rows[ERRORS][1][4]
    rows[EMPLOYEES].append([4, "z) Activo", 1])
    rows[SKILLS][0][2] = None
    rows[PRODUCTS][0][2:4] = [0.0, 0.0]
    rows[ROUTES] += [[900, 1, 3, 24.0, 18.0]]
    rows[CATALOGUE].append([99, "Nunca usada", 9, 0, 1])
    return rows


EXPECTED = {
    (ORDERS, "ORDER_NOT_COMPLETED"): 4,
    (ORDERS, "ORDER_WITHOUT_TRANSPORT"): 18,
    (ORDERS, "ORDER_ELSEWHERE"): 1,
    (ORDERS, "COMPLETED_BEFORE_CREATED"): 1,
    (ORDERS, "TRANSPORT_BEFORE_CREATED"): 1,
    (ORDERS, "TRANSPORT_IN_FUTURE"): 1,
    (ORDERS, "LONG_LEAD_TIME"): 1,
    (ORDERS, "CREATED_OFF_MIDNIGHT"): 1,
    (PHASES, "PHASE_NOT_FINISHED"): 8,
    (PHASES, "PHASE_NOT_STARTED"): 1,
    (PHASES, "FINISHED_WITHOUT_START"): 1,
    (PHASES, "FINISHED_BEFORE_STARTED"): 1,
    (PHASES, "LONG_PHASE"): 1,
    (PHASES, "ZERO_WEIGHT"): 39,
    (PHASES, "SHIFT_UNKNOWN"): 40,
    (PHASES, "PLANNED_DATE_UNKNOWN"): 40,
    (PHASES, "OPEN_PHASE_OF_COMPLETED_ORDER"): 7,
    (ASSIGNMENTS, "PHASE_WITHOUT_CHIEF"): 26,
    (ASSIGNMENTS, "PHASE_WITH_SEVERAL_CHIEFS"): 1,
    (ASSIGNMENTS, "ASSIGNED_INACTIVE_PERSON"): 15,
    (ERRORS, "CULPRIT_UNKNOWN"): 1,
    (ERRORS, "CULPRIT_AFTER_JUDGE"): 19,
    (ERRORS, "CULPRIT_IS_JUDGE"): 1,
    (ERRORS, "REPEATED_ERROR"): 1,
    (EMPLOYEES, "NAME_WITH_ODD_BLANKS"): 2,
    (EMPLOYEES, "MARKED_AS_LEFT"): 2,
    (EMPLOYEES, "LEFT_BUT_ACTIVE"): 1,
    (SKILLS, "QUALIFICATION_UNDATED"): 1,
    (CATALOGUE, "PHASE_NEVER_OF_AN_ORDER"): 1,
    (PRODUCTS, "WEIGHTS_ZERO"): 1,
    (PRODUCTS, "FINISHED_LIGHTER"): 2,
    (ROUTES, "HIGH_COEFFICIENT"): 1,
    (ROUTES, "HIGH_COEFFICIENT_X"): 1,
    (ROUTES, "REPEATED_PRODUCT_PHASE"): 1,
    (ROUTES, "SEQUENCE_WITH_GAPS"): 1,
}


def issues(result: IngestionResult) -> dict[tuple[str, str], int]:
    return {(one["sheet"], one["code"]): one["row_count"] for one in result.data_quality}


def test_oddities_are_counted_and_kept(plant: Plant) -> None:
    result = plant.ingest(odd_factory())
    assert issues(result) == EXPECTED
    assert all(sheet.rows_rejected == 0 for sheet in result.sheets)
    stored = plant.rows("SELECT sheet, code, row_count FROM audit.data_quality_issues")
    assert {(sheet, code): count for sheet, code, count in stored} == EXPECTED


def test_order_whose_work_is_at_another_phase_is_counted(plant: Plant) -> None:
    """Two of the four open orders: one in process elsewhere though queued at its phase, one queued elsewhere."""
    rows = factory()
    phases = rows[PHASES]
    for place in (32, 33, 35, 36, 37, 38, 39):
        phases[place][3] = None
    for place in (32, 35, 36, 37):
        phases[place][2] = None
    phases[36][7] = 3
    assert [order[4] for order in rows[ORDERS][16:]] == [1, 2, 3, 4]
    assert [phase[7] for phase in phases[32:]] == [1, 2, 3, 4, 3, 2, 3, 4]
    assert issues(plant.ingest(rows))[ORDERS, "ORDER_ELSEWHERE"] == 2


def test_oddly_stored_cells_are_kept_and_counted(plant: Plant) -> None:
    path = plant.workbook(factory())
    book = openpyxl.load_workbook(path)
    book[ORDERS]["A2"] = "100"
    book[ORDERS]["D3"] = "901"
    book[ORDERS]["F4"] = None
    book[CATALOGUE]["D2"] = True
    edited = Path(path).with_name("edited.xlsx")
    book.save(edited)
    result = plant.ingest_file(edited)
    found = issues(result)
    assert found[ORDERS, "TEXT_NUMBER"] == 2
    assert found[ORDERS, "EMPTY_CELL"] == 1
    assert found[CATALOGUE, "BOOLEAN_FLAG"] == 1
    assert plant.value("SELECT product_id FROM core.work_orders WHERE work_order_id = 101") == 901
