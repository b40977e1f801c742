"""Metadata of the workers' heartbeats."""

from __future__ import annotations

import sqlalchemy as sa

from app.database.schema.base import metadata

worker_beats = sa.Table(
    "worker_beats",
    metadata,
    sa.Column("plant", sa.Text, nullable=False),
    sa.Column("beaten_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint("plant", name="pk_worker_beats"),
    schema="audit",
    comment="When a worker last looked after each plant: every few seconds.",
)
