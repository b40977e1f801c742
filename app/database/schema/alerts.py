"""Metadata of the worker's notes about alerts."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from app.database.schema.base import metadata

alert_marks = sa.Table(
    "alert_marks",
    metadata,
    sa.Column("plant", sa.Text, nullable=False),
    sa.Column("marks", JSONB, nullable=False, comment="Runs and gates already told, and states that have begun."),
    sa.PrimaryKeyConstraint("plant", name="pk_alert_marks"),
    schema="audit",
    comment="What each plant's webhooks have been told, so that each event is queued once.",
)
