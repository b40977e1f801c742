"""Metadata of the staging schema: an unlogged, keyless template for each sheet of the contract."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from app.contract import SHEETS, Sheet
from app.database.schema.base import metadata
from app.database.schema.core import column_type


def template(sheet: Sheet) -> sa.Table:
    """The staging table of a sheet: all of its columns, nullable, with the Excel row and the row's fault."""
    return sa.Table(
        sheet.table,
        metadata,
        sa.Column("excel_row", sa.Integer, nullable=False),
        *(sa.Column(column.name, column_type(column)) for column in sheet.columns),
        sa.Column("reject_code", sa.Text),
        sa.Column("reject_detail", sa.Text),
        sa.Column("raw_cells", JSONB),
        schema="staging",
        comment=f"Template of a run's staging table for {sheet.name}.",
        prefixes=["UNLOGGED"],
    )


TEMPLATES = tuple(template(sheet) for sheet in SHEETS)
