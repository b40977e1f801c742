"""The row of a key that is kept: the set-based statement against a plain loop over the rows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.contract import SHEET_BY_NAME
from app.ingestion.reading.copying import StagingCopy
from app.ingestion.reading.database_thread import DatabaseThread
from app.ingestion.reading.preparing import prepare
from app.ingestion.sheets.rejection import reject_rows
from app.ingestion.tables.names import RunTables
from app.ingestion.tables.staging_tables import create_staging
from app.workbook.typing import Chunk, RowFault
from tests.integration.ingestion.conftest import Plant

SHEET = SHEET_BY_NAME["FasesOrdemFabrico"]
ORDERS = SHEET_BY_NAME["OrdensFabrico"]
KNOWN_ORDERS = (1, 2)

Row = tuple[int, int, float, bool]
"""Key, work order (3 does not exist), a value, and whether one of its cells is at fault."""

a_row = st.tuples(st.integers(1, 4), st.integers(1, 3), st.sampled_from([0.0, 1.5]), st.booleans())


def judged(rows: list[Row]) -> dict[int, str]:
    """Excel row → code, by the rules in words: own faults, orphans, then each key by itself in the sheet's order."""
    codes: dict[int, str] = {}
    contenders: dict[int, list[tuple[int, str]]] = {}
    for excel_row, (key, order, value, faulty) in enumerate(rows, start=2):
        if faulty:
            codes[excel_row] = "INVALID_TYPE"
        elif order not in KNOWN_ORDERS:
            codes[excel_row] = "ORPHAN_PARENT"
        else:
            contenders.setdefault(key, []).append((excel_row, f"{order} {value!r}"))
    for contending in contenders.values():
        _, winning = contending[-1]
        kept = next(excel_row for excel_row, content in contending if content == winning)
        for excel_row, content in contending:
            if excel_row != kept:
                codes[excel_row] = "DUPLICATE_ROW" if content == winning else "CONFLICTING_KEY"
    return codes


@pytest.fixture
def ingesting(plant: Plant) -> Iterator[tuple[Plant, sa.Connection]]:
    with plant.connection(plant.roles.ingest) as connection:
        yield plant, connection


def stage(connection: sa.Connection, tables: RunTables, rows: list[Row]) -> None:
    """Put the rows into the run's staging table; a faulty one arrives as the reader would hand it over."""
    size = len(rows)
    keys, orders, values, faulty = zip(*rows, strict=True)
    nulls, ones = [None] * size, [1] * size
    columns = [keys, orders, nulls, nulls, nulls, values, values, ones, values, [False] * size, nulls, ones]
    faults = {place: RowFault("INVALID_TYPE", "odd", {}) for place, fault in enumerate(faulty) if fault}
    ready = prepare(SHEET, Chunk(list(range(2, size + 2)), [list(column) for column in columns], faults))
    with DatabaseThread() as thread:
        copy = StagingCopy(connection.connection.driver_connection, tables.staging(SHEET), SHEET, thread)
        copy.send(ready.plain, ready.refused, ready.checksums)
    for known in KNOWN_ORDERS:
        connection.exec_driver_sql(
            f"INSERT INTO {tables.staging(ORDERS)} (excel_row, work_order_id) VALUES ({known}, {known})"
        )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(a_row, min_size=1, max_size=14))
def test_codes_equal_the_oracle(ingesting: tuple[Plant, sa.Connection], rows: list[Row]) -> None:
    plant, connection = ingesting
    tables = RunTables(1)
    create_staging(connection, tables, plant.roles)
    connection.exec_driver_sql(
        "INSERT INTO audit.ingestion_runs (run_id, plant, excel_sha256, workbook_name, status, requested_by,"
        " backend_pid) VALUES (1, 'main', '', '', 'RUNNING', '', 0)"
    )
    stage(connection, tables, rows)
    reject_rows(connection, SHEET, tables)
    found = connection.exec_driver_sql("SELECT excel_row, code FROM audit.rejected_rows").all()
    connection.rollback()
    assert dict(map(tuple, found)) == judged(rows)
