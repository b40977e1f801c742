"""Metadata of the record of exports, removals and distributions of plants."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from app.database.schema.audit import moment, one_of, required
from app.database.schema.base import metadata

EXPORT, REMOVAL, DISTRIBUTION = "EXPORT", "REMOVAL", "DISTRIBUTION"

plant_operations = sa.Table(
    "plant_operations",
    metadata,
    sa.Column("operation_id", sa.BigInteger, sa.Identity(always=True), nullable=False),
    *(required(name, sa.Text) for name in ("plant", "operation", "requested_by")),
    moment("begun_at"),
    sa.Column("ended_at", sa.TIMESTAMP(timezone=True), comment="Null while it is at work, and of one that broke off."),
    sa.Column("outcome", JSONB, comment="Rows of each table that were exported or removed."),
    sa.PrimaryKeyConstraint("operation_id", name="pk_plant_operations"),
    one_of("operation", (EXPORT, REMOVAL, DISTRIBUTION), "plant_operations"),
    schema="audit",
    comment="Exports, removals and distributions of a plant's whole data; the rows stay when the plant has gone.",
)
