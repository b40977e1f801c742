"""Metadata of the core schema: one table for each sheet of the contract, partitioned by run.

Tables are made by migrations only; the gate compares head with this metadata.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from app.contract import INTEGER, SHEETS, Column, Kind, Sheet
from app.database.schema.base import metadata

PERSONAL = "personal"
"""Key in a column's `info`: the column holds people's names, which the API's role may not read."""
SMALL_INTEGER = (-(2**15), 2**15 - 1)
TYPES: dict[Kind, Any] = {
    Kind.NUMBER: sa.Double,
    Kind.FLAG: sa.Boolean,
    Kind.TEXT: sa.Text,
    Kind.DATETIME: sa.TIMESTAMP,
    Kind.DATE: sa.Date,
}
EVENT_KEY = ("event_digest", "occurrence")
"""The key of a sheet without its own key; the merge computes both columns."""


def sheet_table(sheet: Sheet) -> sa.Table:
    """The core table of a sheet: `run_id` first, one partition for each run, key unique within a run."""
    key = [sheet.column(header).name for header in sheet.key] or EVENT_KEY
    return sa.Table(
        sheet.table,
        metadata,
        sa.Column("run_id", sa.BigInteger, nullable=False, comment="Ingestion run whose snapshot holds the row."),
        *(_column(sheet, column) for column in sheet.columns),
        *(() if sheet.key else _event_columns()),
        *(_range_check(sheet, column) for column in sheet.columns if _is_narrow(column)),
        sa.PrimaryKeyConstraint("run_id", *key, name=f"pk_{sheet.table}"),
        schema="core",
        comment=f"{sheet.meaning}. Source: {sheet.name}.",
        postgresql_partition_by="LIST (run_id)",
    )


def column_type(column: Column) -> Any:
    """The SQL type of a column; for a whole number the smallest type that holds its bounds."""
    if column.kind is not Kind.INT:
        return TYPES[column.kind]
    if _within(column.bounds, SMALL_INTEGER):
        return sa.SmallInteger
    return sa.Integer if _within(column.bounds, INTEGER) else sa.BigInteger


def _column(sheet: Sheet, column: Column) -> sa.Column[Any]:
    unit = f" Unit: {column.unit}." if column.unit else ""
    return sa.Column(
        column.name,
        column_type(column),
        nullable=column.nullable,
        comment=f"{column.meaning}.{unit} Source: {sheet.name}.{column.header}.",
        info={PERSONAL: column.personal},
    )


def _event_columns() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column(
            "event_digest",
            UUID,
            nullable=False,
            comment="MD5 of the row's content: the same event has it in every run.",
        ),
        sa.Column("occurrence", sa.Integer, nullable=False, comment="Counts identical rows of one run, from 1."),
    )


def _is_narrow(column: Column) -> bool:
    """True for a whole number with narrower bounds than its type's; a CHECK constraint enforces them."""
    return column.kind is Kind.INT and _within(column.bounds, SMALL_INTEGER) and column.bounds != SMALL_INTEGER


def _range_check(sheet: Sheet, column: Column) -> sa.CheckConstraint:
    low, high = column.bounds or SMALL_INTEGER
    return sa.CheckConstraint(f"{column.name} BETWEEN {low} AND {high}", name=f"ck_{sheet.table}_{column.name}")


def _within(bounds: tuple[int, int] | None, limits: tuple[int, int]) -> bool:
    return bounds is not None and limits[0] <= bounds[0] and bounds[1] <= limits[1]


TABLES = {sheet.table: sheet_table(sheet) for sheet in SHEETS}

_orders, _phases, _errors = (TABLES[name].c for name in ("work_orders", "order_phases", "quality_errors"))
sa.Index("ix_work_orders_created", _orders.run_id, _orders.created_at.desc(), _orders.work_order_id.desc())
sa.Index("ix_work_orders_product", _orders.run_id, _orders.product_id)
sa.Index("ix_work_orders_open", _orders.run_id, _orders.work_order_id, postgresql_where=_orders.completed_at.is_(None))
sa.Index("ix_order_phases_work_order", _phases.run_id, _phases.work_order_id, _phases.sequence)
sa.Index("ix_order_phases_open", _phases.run_id, _phases.phase_id, postgresql_where=_phases.finished_at.is_(None))
sa.Index("ix_quality_errors_work_order", _errors.run_id, _errors.work_order_id)
