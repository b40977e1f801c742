"""The typed rows in DuckDB: all of them, the refused ones with their reason, and the accepted ones."""

from __future__ import annotations

from contextlib import closing
from itertools import islice
from pathlib import Path

import duckdb

from tests.oracle import sheets
from tests.oracle.reading import checklist, workbook

TYPES = {
    sheets.ID: "BIGINT",
    sheets.INT: "BIGINT",
    sheets.REAL: "DOUBLE",
    sheets.WEIGHT: "DOUBLE",
    sheets.FLAG: "BIGINT",
    "severity": "BIGINT",
    sheets.TEXT: "VARCHAR",
    sheets.TIME: "TIMESTAMP",
    sheets.DAY: "DATE",
}
ROWS_AT_ONCE = 5000


def load(path: Path, file: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A DuckDB with, for each sheet S, tables loaded_S (every row, with excel_row and code) and S (accepted rows).

    Of OrdemFabricoErros moreover Errors and Remarks, which are its accepted rows. It is in memory without a file, which
    must not be there yet.
    """
    connection = duckdb.connect(file or ":memory:")
    with closing(workbook.Opened(path)) as book:
        for sheet in sheets.SHEETS:
            _load_sheet(connection, book, sheet)
    # A phase needs an order whose row is acceptable by its own cells; repeats of an order keep one row.
    connection.execute("""
        UPDATE loaded_FasesOrdemFabrico SET code = 'ORPHAN_PARENT'
         WHERE code IS NULL AND FaseOf_OfId NOT IN (SELECT Of_Id FROM loaded_OrdensFabrico WHERE code IS NULL)""")
    for sheet, (key, columns) in sheets.SHEETS.items():
        if key:
            _refuse_repeats(connection, sheet, key.split(), list(columns))
        connection.execute(f"CREATE TABLE {sheet} AS SELECT * FROM loaded_{sheet} WHERE code IS NULL")
    checklist.tell_apart(connection)
    return connection


def _load_sheet(connection: duckdb.DuckDBPyConnection, book: workbook.Opened, sheet: str) -> None:
    """The rows as lists of values, a column at a time: a text file between would have to keep line ends and quotes."""
    columns = {"excel_row": "BIGINT", "code": "VARCHAR"}
    columns |= {header: TYPES[kind] for header, (kind, _) in sheets.SHEETS[sheet][1].items()}
    declared = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    connection.execute(f"CREATE TABLE loaded_{sheet} ({declared})")
    values = ", ".join(f"unnest(${place}::{kind}[])" for place, kind in enumerate(columns.values(), start=1))
    rows = ([number, code, *cells] for number, code, cells in workbook.rows_of(book, sheet))
    while some := list(islice(rows, ROWS_AT_ONCE)):
        connection.execute(
            f"INSERT INTO loaded_{sheet} SELECT {values}", [list(column) for column in zip(*some, strict=True)]
        )


def _refuse_repeats(connection: duckdb.DuckDBPyConnection, sheet: str, keys: list[str], headers: list[str]) -> None:
    """Keep the first row of each key with the last row's content; its repeats are duplicates, others conflicts."""
    key, content = ", ".join(keys), f"({', '.join(headers)})"
    connection.execute(f"""
        CREATE TEMP TABLE repeated AS
        WITH latest AS (
            SELECT {key}, max(excel_row) AS excel_row FROM loaded_{sheet} WHERE code IS NULL
             GROUP BY {key} HAVING count(*) > 1
        ), content AS (SELECT l.* FROM loaded_{sheet} AS l JOIN latest USING (excel_row)),
        compared AS (
            SELECT l.*, row{content.replace("(", "(l.").replace(", ", ", l.")}
                     IS NOT DISTINCT FROM row{content.replace("(", "(c.").replace(", ", ", c.")} AS same
              FROM loaded_{sheet} AS l JOIN content AS c USING ({key}) WHERE l.code IS NULL
        ), kept AS (SELECT {key}, min(excel_row) AS kept_row FROM compared WHERE same GROUP BY {key})
        SELECT excel_row, CASE WHEN same THEN 'DUPLICATE_ROW' ELSE 'CONFLICTING_KEY' END AS code
          FROM compared JOIN kept USING ({key}) WHERE excel_row <> kept_row""")
    connection.execute(
        f"UPDATE loaded_{sheet} AS l SET code = r.code FROM repeated AS r WHERE r.excel_row = l.excel_row"
    )
    connection.execute("DROP TABLE repeated")
