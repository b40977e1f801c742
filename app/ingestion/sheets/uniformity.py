"""Finds columns that have one value, or nearly, where the live run had several.

Severities that are all 1, or open orders that are all at one phase, cost no row and no value. They change fewer values
than `rewriting` takes notice of where one value was frequent before, and `rewriting` does not look at what an open
order may still change. Counted are the rows with another value than the commonest one of their run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa

from app.contract import SHEET_BY_NAME, Column, Sheet
from app.contract.quality_issues import FEWEST_CHANGED
from app.ingestion.sheets.comparison import Difference
from app.ingestion.sheets.rewriting import shown_value
from app.ingestion.tables.names import RunTables

FEWEST_ROWS = 20
"""A column of fewer rows is not judged."""
FEWEST_REFUSED = 20
"""Fewer rows of another value in the live run are worth a warning alone."""
LEFT_OF_THE_OTHERS = 10
"""A column is uniform when the share of its other values is less than one in LEFT_OF_THE_OTHERS of what it was."""
LARGE_ROWS, SAMPLED_ROWS = 20_000, 10_000
"""About SAMPLED_ROWS of a larger sheet are looked at first."""
FEW_OF_A_SAMPLE, WIDER = 100, 2
"""Fewer rows in a sample clear nothing, and its limit is wider."""

Counts: TypeAlias = tuple[int, int]
"""Rows with a value, and those of them with another value than the commonest."""


@dataclass(frozen=True, slots=True)
class Uniform:
    """A column of one value. value: that. rows, others: with a value, and with another one. live_others: in the live
    run. among: header of the end that the rows lack, if only such rows are meant."""

    sheet: str
    header: str
    value: Any
    rows: int
    others: int
    live_others: int
    among: str = ""

    @property
    def is_implausible(self) -> bool:
        """True if so many values became one that the export cannot be true. What is still open may change."""
        return self.live_others >= FEWEST_REFUSED and not self.among

    @property
    def sentence(self) -> str:
        """The loss in words. A person's name is never quoted."""
        column = SHEET_BY_NAME[self.sheet].column(self.header)
        value = "one name" if column.personal else shown_value(self.value)
        rows = f"{self.rows - self.others:,} of {self.rows:,} rows"
        among = f" without {self.among}" if self.among else ""
        return (
            f"{self.sheet}, {self.header}: {value} in {rows}{among},"
            f" in the live run {self.live_others:,} rows had another value than the commonest"
        )


def is_uniform(now: Counts, before: Counts, left: int = LEFT_OF_THE_OTHERS) -> bool:
    """True if hardly any of the other values is left."""
    (rows, others), (live_rows, live_others) = now, before
    few = rows < FEWEST_ROWS or live_others < FEWEST_CHANGED
    return not few and others * live_rows * left < live_others * rows


def uniform_columns(
    connection: sa.Connection, sheet: Sheet, tables: RunTables, live_run_id: int | None, difference: Difference
) -> list[Uniform]:
    """Find the uniform columns of a merged sheet."""
    if live_run_id is None or difference.updated + difference.deleted < FEWEST_CHANGED:
        return []
    mine, live = f"{tables.partition(sheet)} AS t", f"core.{sheet.table} AS t"
    runs = ((mine, tables.run_id), (live, live_run_id))
    classes = list(_classes(sheet))
    if difference.live_rows > LARGE_ROWS:
        sample = f"TABLESAMPLE SYSTEM ({100 * SAMPLED_ROWS / difference.live_rows:.4f}) REPEATABLE (0)"
        now, before = (_counted(connection, classes, f"{table} {sample}", run_id) for table, run_id in runs)
        classes = [one for one, *both in zip(classes, now, before, strict=True) if _may_be_uniform(*both)]
    now, before = (_counted(connection, classes, table, run_id) for table, run_id in runs)
    return [
        Uniform(sheet.name, column.header, _commonest(connection, column, where, mine), *counts, live_counts[1], among)
        for (column, where, among), counts, live_counts in zip(classes, now, before, strict=True)
        if is_uniform(counts, live_counts)
    ]


def _may_be_uniform(now: Counts, before: Counts) -> bool:
    """True if the samples do not rule it out."""
    (rows, others), (live_rows, live_others) = now, before
    few = rows < FEW_OF_A_SAMPLE or live_rows < FEW_OF_A_SAMPLE
    return few or others * live_rows * LEFT_OF_THE_OTHERS < live_others * rows * WIDER


_Class: TypeAlias = tuple[Column, str, str]
"""A column, the SQL condition of its rows, and the header of the end that they lack."""


def _classes(sheet: Sheet) -> Iterator[_Class]:
    """Yield each column outside the key, and once more what is still open of those that an end settles."""
    for column in sheet.columns:
        if column.header in sheet.key:
            continue
        there = f"t.{column.name} IS NOT NULL"
        yield column, there, ""
        if column.settled_by:
            yield column, f"{there} AND t.{sheet.column(column.settled_by).name} IS NULL", column.settled_by


def _counted(connection: sa.Connection, classes: Sequence[_Class], table: str, run_id: int) -> list[Counts]:
    """Count the rows of each class."""
    if not classes:
        return []
    groups = " UNION ALL ".join(
        f"SELECT {place} AS place, count(*) AS row_count FROM {table}"
        f" WHERE t.run_id = {run_id:d} AND {where} GROUP BY t.{column.name}"
        for place, (column, where, _) in enumerate(classes)
    )
    found = connection.exec_driver_sql(
        f"SELECT place, CAST(sum(row_count) AS bigint), max(row_count) FROM ({groups}) AS counted GROUP BY place"
    )
    counts = {place: (rows, rows - most) for place, rows, most in found}
    return [counts.get(place, (0, 0)) for place in range(len(classes))]


def _commonest(connection: sa.Connection, column: Column, where: str, table: str) -> Any:
    return connection.exec_driver_sql(
        f"SELECT t.{column.name} FROM {table} WHERE {where} GROUP BY t.{column.name} ORDER BY count(*) DESC LIMIT 1"
    ).scalar_one()
