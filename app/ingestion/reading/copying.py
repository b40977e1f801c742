"""Sends rows to staging by COPY, formatted a column at a time."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from functools import partial
from time import perf_counter
from typing import Any

from app.contract import Kind, Sheet
from app.ingestion.errors import IngestionFailed
from app.ingestion.reading.checksums import FIRST_PLACE, LET_PLAN_AGAIN, NULL, staged_statement
from app.ingestion.reading.database_thread import DatabaseThread
from app.workbook.typing import RowFault

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def escaped(text: str) -> str:
    """Escape one text for COPY's text format; the text that looks like the null marker gets a backslash."""
    return "\\" + NULL if text == NULL else text.translate(_ESCAPES)


def written(kind: Kind, values: Iterable[Any]) -> list[str]:
    """Typed values of one kind as fields of COPY's text."""
    if kind is Kind.TEXT:
        return [NULL if value is None else escaped(value) for value in values]
    return list(map(str, values))


def fields_of(sheet: Sheet, excel_rows: Iterable[int], columns: Sequence[Iterable[Any]]) -> list[list[str]]:
    """The fields of COPY's text, a list for each column: the Excel row, then the sheet's, in the contract's order.

    columns: one sequence of typed values for each column. Python's str() of int, float, bool, date and datetime is
    exact and PostgreSQL reads it back to the same value.
    """
    return [
        list(map(str, excel_rows)),
        *(written(column.kind, values) for column, values in zip(sheet.columns, columns, strict=True)),
    ]


def lines_of(fields: Sequence[Sequence[str]]) -> list[str]:
    """One COPY line for each row, without line end."""
    return list(map("\t".join, zip(*fields, strict=True)))


def fault_fields(fault: RowFault) -> str:
    """The three fields that follow a refused row's columns."""
    cells = json.dumps(fault.raw_cells, ensure_ascii=False)
    return "\t".join(escaped(text) for text in (fault.code, fault.detail, cells))


class RowsChanged(IngestionFailed):
    """Staged values differ from those that were sent."""

    code = "ROWS_CHANGED"


class StagingCopy:
    """Sends the rows of one sheet to its staging table, chunk after chunk, in the thread, and has them compared.

    Rows that are not staged as they were read raise RowsChanged.
    copied_s: seconds that the server has copied and compared for; complete once the thread has done everything.
    """

    def __init__(self, connection: Any, table: str, sheet: Sheet, thread: DatabaseThread) -> None:
        names = ", ".join(["excel_row", *(column.name for column in sheet.columns)])
        form = f"FORMAT text, NULL '{NULL}', ENCODING 'UTF8'"
        self._plain = f"COPY {table} ({names}) FROM STDIN ({form})"
        self._faulty = f"COPY {table} ({names}, reject_code, reject_detail, raw_cells) FROM STDIN ({form})"
        self._staged = staged_statement(table, sheet)
        self._sheet = sheet
        self._connection = connection
        self._thread = thread
        self._place = FIRST_PLACE
        self.copied_s = 0.0

    def send(self, plain: bytes, refused: bytes, checksums: tuple[str, ...]) -> None:
        """Copy these rows, as `preparing.prepare` wrote them."""
        for statement, text in ((self._plain, plain), (self._faulty, refused)):
            if text:
                self._thread.submit(partial(self._copy, statement, text), len(text))
        self._thread.submit(partial(self._compare, checksums))

    def _copy(self, statement: str, text: bytes) -> None:
        began = perf_counter()
        with self._connection.cursor() as cursor:
            cursor.copy_expert(statement, io.BytesIO(text), 1 << 20)
        self.copied_s += perf_counter() - began

    def _compare(self, expected: tuple[str, ...]) -> None:
        began = perf_counter()
        with self._connection.cursor() as cursor:
            cursor.execute(self._staged, (self._place,))
            place, *found = cursor.fetchone()
            cursor.execute(LET_PLAN_AGAIN)
        self._place = place or self._place
        self.copied_s += perf_counter() - began
        names = ["the row numbers", *(column.header for column in self._sheet.columns)]
        changed = [name for name, read, staged in zip(names, expected, found, strict=True) if read != staged]
        if changed:
            raise RowsChanged(
                f"Values of {self._sheet.name} ({', '.join(changed)}) changed between this program and the database, "
                "and nothing was published: a connection or a memory is at fault. Ingest again, over TLS "
                "(sslmode=verify-full) if the database is on another machine."
            )
