"""A bit that changes between this program and the server stops the run."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest

from app.contract import SHEET_BY_NAME, Kind
from app.ingestion.pipeline import ingest
from app.ingestion.reading.checksums import FIRST_PLACE, checksums, staged_statement
from app.ingestion.reading.copying import RowsChanged, fields_of, lines_of
from tests.integration.ingestion.conftest import Plant
from tests.integration.ingestion.factory import factory
from tests.integration.wires import wire

SENT = {
    "Modelos (Produto_Nome)": (b"\tCanoa 1\t", b"\tCanoa 0\t"),
    "Modelos (Produto_PesoAcabamento)": (b"\t11.5\t", b"\t11.4\t"),
    "OrdensFabrico (Of_DataCriacao)": (b"\t2024-03-04 00:00:00\t", b"\t2024-03-05 00:00:00\t"),
    "FasesOrdemFabrico (FaseOf_Id)": (b"\t5007\t103\t", b"\t5006\t103\t"),
}


def test_a_changed_bit_stops_the_run(plant: Plant) -> None:
    workbook = plant.workbook(factory())
    for named, change in SENT.items():
        assert sum(bin(a ^ b).count("1") for a, b in zip(*change, strict=True)) == 1
        with wire(plant.url, change) as url, pytest.raises(RowsChanged) as stopped:
            ingest(url, workbook, roles=plant.roles)
        assert named in str(stopped.value)
    assert (plant.live(), set(plant.statuses().values())) == (None, {"FAILED"})
    assert plant.ingest_file(workbook).status == "PUBLISHED"


def test_odd_values_have_the_servers_checksums(plant: Plant) -> None:
    sheet, rows = SHEET_BY_NAME["FasesOrdemFabrico"], [2, 3, 5, 9]
    moments = [dt.datetime(1980, 1, 1), dt.datetime(2100, 12, 31, 23, 59, 59, 500_000), None, dt.datetime(2024, 2, 29)]
    values: dict[Kind, list[Any]] = {
        Kind.INT: [2**31 - 1, -1, None, 0],
        Kind.DATETIME: moments,
        Kind.DATE: [dt.date(1999, 12, 31), None, None, dt.date(2024, 2, 29)],
        Kind.NUMBER: [1e15, -0.0, 10**16, 1.2345678901234567e-300],
        Kind.FLAG: [True, False, None, True],
    }
    columns = [values[column.kind] for column in sheet.columns]
    fields = fields_of(sheet, rows, columns)
    names = ", ".join(["excel_row", *(column.name for column in sheet.columns)])
    with plant.connection() as connection:
        connection.exec_driver_sql("CREATE TEMPORARY TABLE staged (LIKE staging.order_phases)")
        raw: Any = connection.connection.driver_connection
        with raw.cursor() as cursor:
            text = io.StringIO("\n".join(lines_of(fields)) + "\n")
            cursor.copy_expert(f"COPY staged ({names}) FROM STDIN (FORMAT text, NULL 'None')", text)
            cursor.execute(staged_statement("staged", sheet), (FIRST_PLACE,))
            _, *found = cursor.fetchone()
    assert tuple(found) == checksums(sheet, zip([rows, *columns], fields, strict=True))
