"""Statements of a run that look rows up one order at a time use the index as its first columns allow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app.contract import SHEETS
from app.ingestion.sheets.lost_work import absent_question
from app.ingestion.tables.names import RunTables
from app.ingestion.tables.ready_after import bound
from app.ingestion.tables.remaining_flow_statement import OPEN_ORDERS_WITH_POINT, REMAINING_FLOWS
from tests.integration.ingestion.conftest import Plant
from tests.integration.ingestion.core_rows import latest

pytestmark = pytest.mark.usefixtures("read_here")


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


@pytest.mark.parametrize("statement", [OPEN_ORDERS_WITH_POINT, REMAINING_FLOWS], ids=["open_orders", "remaining_flows"])
def test_the_phases_of_an_order_are_found_by_run_and_order(statement: str, sampled: Plant) -> None:
    """PostgreSQL 15 to 17 read the whole index for each order without the run; 18 skips, which hides it."""
    tables = RunTables(sampled.live() or 0)
    explained = sa.text(f"EXPLAIN (FORMAT JSON) {bound(statement, tables)}")
    with sampled.connection() as connection:
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = connection.execute(explained, {"as_of": latest(sampled)}).scalar_one()[0]["Plan"]
    conditions = [node.get("Index Cond", "") for node in nodes(plan)]
    by_order = [condition for condition in conditions if "work_order_id = " in condition]
    assert by_order
    assert all("run_id = " in condition for condition in by_order), by_order


@pytest.mark.parametrize("name", ["OrdensFabrico", "FasesOrdemFabrico"])
def test_absent_rows_are_counted_in_one_pass_over_the_staged_ones(name: str, sampled: Plant) -> None:
    """A staging table has no index: looked at for each row, it took ten minutes on the factory's workbook."""
    (sheet,) = (one for one in SHEETS if one.name == name)
    tables, live = RunTables(999), sampled.live() or 0
    key = "work_order_id" if name == "OrdensFabrico" else "order_phase_id"
    rows = f"SELECT {key} FROM core.{sheet.table} WHERE run_id = {live}"
    with sampled.connection() as connection:
        connection.exec_driver_sql(
            f"CREATE TABLE {tables.staging(sheet)} AS SELECT {key} FROM core.{sheet.table}"
            f" WHERE run_id = {live} ORDER BY {key} OFFSET 7"
        )
        question = absent_question(sheet, tables, rows)
        found = connection.exec_driver_sql(question).one()
        assert (found[0] > found[1], found[1]) == (True, 7)
        plan = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {question}").scalar_one()[0]["Plan"]
        connection.rollback()
    again = [node for node in nodes(plan) if node.get("Parent Relationship") == "SubPlan"]
    assert (again, [node for node in nodes(plan) if node["Node Type"] == "Nested Loop"]) == ([], [])
