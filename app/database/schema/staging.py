"""Metadata of the staging schema: an unlogged, keyless template for each core table that a sheet fills."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from app.database.schema.base import metadata
from app.database.schema.core import (
    employees,
    order_phases,
    phase_assignments,
    phases,
    products,
    quality_errors,
    skills,
    standard_routes,
    work_orders,
)

NOT_STAGED = {"run_id", "event_digest", "occurrence"}
"""Columns that the merge adds."""


def template(table: sa.Table, sheet: str) -> sa.Table:
    """The staging twin of a core table: every column of the sheet, nullable, with its Excel row and its fault."""
    return sa.Table(
        table.name,
        metadata,
        sa.Column("excel_row", sa.Integer, nullable=False),
        *(sa.Column(column.name, column.type) for column in table.columns if column.name not in NOT_STAGED),
        sa.Column("reject_code", sa.Text),
        sa.Column("reject_detail", sa.Text),
        sa.Column("raw_cells", JSONB),
        schema="staging",
        comment=f"Template of a run's staging table for {sheet}.",
        prefixes=["UNLOGGED"],
    )


TEMPLATES = tuple(
    template(table, sheet)
    for table, sheet in (
        (work_orders, "OrdensFabrico"),
        (order_phases, "FasesOrdemFabrico"),
        (phase_assignments, "FuncionariosFaseOrdemFabrico"),
        (quality_errors, "OrdemFabricoErros"),
        (employees, "Funcionarios"),
        (skills, "FuncionariosFasesAptos"),
        (phases, "Fases"),
        (products, "Modelos"),
        (standard_routes, "FasesStandardModelos"),
    )
)
