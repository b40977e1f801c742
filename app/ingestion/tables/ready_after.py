"""Statements over a run's partitions, each executed as soon as the sheets that it names are merged.

A statement names a partition by its sheet, `{Fases}`, or by its aggregate, `{phase_rates}`, and the run's as_of as
`:as_of`. So figures of merged sheets are computed while the rest of the workbook is read.
"""

from __future__ import annotations

from string import Formatter

import sqlalchemy as sa

from app.contract import SHEETS
from app.ingestion.tables.names import RunTables
from app.ingestion.tables.order import last_of

AS_OF_SHEETS = ("OrdensFabrico", "FasesOrdemFabrico")
"""The sheets that as_of is computed from."""

SHEETS_OF_AGGREGATES = {"phase_rates": "FasesOrdemFabrico"}
"""Aggregates that statements read, with the sheet after which they are made."""


def ready_after(statement: str) -> str:
    """The sheet after which every partition that the statement names exists."""
    named = {SHEETS_OF_AGGREGATES.get(name, name) for name in _named(statement)}
    return last_of(named.union(AS_OF_SHEETS) if ":as_of" in statement else named)


def reads_aggregates(statement: str) -> bool:
    """True if the statement reads other aggregates."""
    return not SHEETS_OF_AGGREGATES.keys().isdisjoint(_named(statement))


def _named(statement: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(statement) if name}


def over_run(statement: str, tables: RunTables) -> str:
    """The statement over this run's partitions; `as_of` remains a parameter."""
    partitions = {sheet.name: tables.partition(sheet) for sheet in SHEETS}
    return statement.format_map(partitions | {name: tables.named(name) for name in SHEETS_OF_AGGREGATES})


def bound(statement: str, tables: RunTables) -> sa.TextClause:
    """The statement over this run's partitions, for execution."""
    text = sa.text(over_run(statement, tables))
    return text.bindparams(sa.bindparam("as_of", type_=sa.TIMESTAMP)) if ":as_of" in statement else text
