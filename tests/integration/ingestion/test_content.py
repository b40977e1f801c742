"""No value changes in passing: core against the workbook's cells, read by openpyxl and compared by DuckDB."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest

from app.contract import SHEETS, Kind, Sheet
from app.workbook.sample import write_sample
from tests.acceptance.support.content import checksum, workbook_rows
from tests.integration.ingestion.conftest import Plant
from tests.integration.ingestion.factory import (
    ASSIGNMENTS,
    CATALOGUE,
    EMPLOYEES,
    ERRORS,
    ORDERS,
    PHASES,
    PRODUCTS,
    ROUTES,
    SKILLS,
    Rows,
    factory,
    save,
)
from tests.integration.ingestion.odd_texts import save_odd_texts
from tests.oracle import Oracle

TYPES = {
    Kind.INT: "BIGINT",
    Kind.NUMBER: "DOUBLE",
    Kind.TEXT: "TEXT",
    Kind.DATETIME: "TIMESTAMP",
    Kind.DATE: "DATE",
    Kind.FLAG: "BOOLEAN",
}
BATCH_ROWS = 200
NASTY = ["None", "\\N", "a\tb", "tail\\", "ligne\nnova", "São João — €", "'; --", "", "  dois  espaços ", "1e5"]


def some_rows(seed: int) -> Rows:
    """Random rows of every sheet: repeats, conflicts, nulls, float noise, hostile texts, references that hold."""
    pick = random.Random(seed)

    def moment() -> dt.datetime:
        return dt.datetime(1999, 1, 1) + dt.timedelta(minutes=pick.randrange(14_000_000))

    def noise() -> float:
        return pick.choice([0.0, -0.0, 0.1 + 0.2, 1 / 3, 12.300000190734863, 1e-300, 654321.123456789])

    def maybe(value: Any) -> Any:
        return pick.choice([None, value])

    def phase(n: int) -> list[Any]:
        times = [maybe(moment()), maybe(moment()), maybe(moment().date())]
        return [n, pick.choice(ids), *times, noise(), noise(), n % 7, noise(), n % 2, maybe(n % 3), -n]

    ids = range(1, 200)
    text = [text for text in NASTY if text] + ["linha"]
    return {
        ORDERS: [[n, moment(), maybe(moment()), pick.randrange(2**53), n % 7, maybe(moment())] for n in ids],
        PHASES: [phase(n) for n in [*range(1, 600), *range(1, 40)]],
        ASSIGNMENTS: [[pick.randrange(600), pick.randrange(40), n % 2] for n in range(600)],
        ERRORS: [[pick.choice(text), n % 5, n % 3, 1 + n % 3, n % 4, maybe(n % 2)] for n in range(900)],
        EMPLOYEES: [[n % 70, pick.choice(text), n % 2] for n in range(90)],
        SKILLS: [[n % 30, n % 7, maybe(moment())] for n in range(300)],
        CATALOGUE: [[n, pick.choice(text), n, n % 2, 1] for n in range(7)],
        PRODUCTS: [[n, pick.choice(text), noise(), noise(), noise(), noise()] for n in range(50)],
        ROUTES: [[n % 50, n % 7, n, noise(), noise()] for n in range(400)],
    }


def cells(path: Path, sheet: Sheet) -> Iterator[list[Any]]:
    """Excel row and the sheet's cells by openpyxl, nulls as None, whole numbers and flags as such."""
    book = openpyxl.load_workbook(path, read_only=True)
    try:
        page = book[sheet.name].iter_rows(values_only=True)
        next(page)
        for excel_row, row in enumerate(page, start=2):
            yield [excel_row, *(None if value == "NULL" else value for value in row[: len(sheet.columns)])]
    finally:
        book.close()


def fill(oracle: duckdb.DuckDBPyConnection, table: str, rows: Iterator[list[Any]]) -> None:
    """Insert the rows, many with one statement, which is a hundred times faster than one by one."""
    while batch := list(islice(rows, BATCH_ROWS)):
        marks = ", ".join([f"({', '.join(['?'] * len(batch[0]))})"] * len(batch))
        oracle.execute(f"INSERT INTO {table} VALUES {marks}", list(chain.from_iterable(batch)))


def compared(plant: Plant, path: Path, sheet: Sheet) -> tuple[list[Any], list[Any]]:
    """(rows of the workbook that core lacks, rows of core that the workbook lacks), repeats counted."""
    names = ", ".join(column.name for column in sheet.columns)
    columns = ", ".join(f"{column.name} {TYPES[column.kind]}" for column in sheet.columns)
    with duckdb.connect() as oracle:
        for table in ("book", "core"):
            oracle.execute(f"CREATE TABLE {table} (excel_row BIGINT, {columns})")
        fill(oracle, "book", cells(path, sheet))
        fill(oracle, "core", map(list, plant.rows(f"SELECT 0, {names} FROM core.{sheet.table}")))
        key = ", ".join(sheet.column(header).name for header in sheet.key)
        last = f"QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY excel_row DESC) = 1" if key else ""
        book, core = f"SELECT {names} FROM book {last}", f"SELECT {names} FROM core"
        return (
            oracle.execute(f"({book}) EXCEPT ALL ({core})").fetchall(),
            oracle.execute(f"({core}) EXCEPT ALL ({book})").fetchall(),
        )


@pytest.mark.parametrize("seed", [1, 2])
def test_core_holds_every_cell_unchanged(plant: Plant, seed: int) -> None:
    path = save(plant.folder / "random.xlsx", some_rows(seed))
    plant.ingest_file(path)
    for sheet in SHEETS:
        assert compared(plant, path, sheet) == ([], []), sheet.name


def test_core_holds_every_cell_of_a_sample_workbook(plant: Plant) -> None:
    path = plant.folder / "sample.xlsx"
    write_sample(path, scale=0.003, seed=5)
    plant.ingest_file(path)
    for sheet in SHEETS:
        assert compared(plant, path, sheet) == ([], []), sheet.name


def test_core_holds_every_odd_text_as_the_content_witness_does(plant: Plant) -> None:
    path = plant.folder / "texts.xlsx"
    expected = save_odd_texts(path, "shared")
    plant.ingest_file(path)
    core = plant.rows("SELECT phase_id, name FROM core.phases")
    assert dict(map(tuple, core)) == expected
    witness = Oracle(path)
    try:
        assert checksum(core) == checksum(workbook_rows(witness, CATALOGUE, ("Fase_Id", "Fase_Nome")))
    finally:
        witness.close()


def test_a_negative_zero_is_zero(plant: Plant) -> None:
    path = save(plant.folder / "random.xlsx", some_rows(3))
    assert any(str(value) == "-0.0" for row in some_rows(3)[ROUTES] for value in row[3:])
    plant.ingest_file(path)
    assert not plant.value(
        "SELECT count(*) FROM core.standard_routes WHERE '-0' IN (coefficient::text, coefficient_x::text)"
    )


def test_rows_of_one_key_that_differ_in_the_sign_of_zero_are_the_same(plant: Plant) -> None:
    rows = factory()
    rows[ROUTES].append([*rows[ROUTES][0][:4], 0.0])
    assert str(rows[ROUTES][0][4]) == "-0.0"
    result = plant.ingest(rows)
    found = plant.rows("SELECT excel_row, code FROM audit.rejected_rows WHERE run_id = :run", run=result.run_id)
    assert [tuple(row) for row in found] == [(len(rows[ROUTES]) + 1, "DUPLICATE_ROW")]
