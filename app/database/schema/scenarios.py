"""Metadata of the what-if scenarios that planners keep."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from app.database.schema.audit import moment, required
from app.database.schema.base import metadata

what_if_scenarios = sa.Table(
    "what_if_scenarios",
    metadata,
    sa.Column("scenario_id", sa.BigInteger, sa.Identity(always=True), nullable=False),
    *(required(name, sa.Text) for name in ("plant", "name")),
    sa.Column("note", sa.Text),
    required("kept_by", sa.Text),
    moment("kept_at"),
    sa.Column("run_id", sa.BigInteger, nullable=False, comment="The run that was simulated when it was kept."),
    required("scenario", JSONB),
    sa.Column("outcomes", JSONB, nullable=False, comment="Figures of baseline and simulated for that run."),
    sa.PrimaryKeyConstraint("scenario_id", name="pk_what_if_scenarios"),
    sa.UniqueConstraint("plant", "name", name="uq_what_if_scenarios_name"),
    sa.CheckConstraint(
        "length(plant) <= 200 AND length(name) <= 80 AND length(note) <= 500 AND length(kept_by) <= 200",
        name="ck_what_if_scenarios_texts",
    ),
    sa.CheckConstraint(
        "length(scenario::text) <= 400000 AND length(outcomes::text) <= 4000", name="ck_what_if_scenarios_sizes"
    ),
    schema="audit",
    comment="What-if scenarios that planners keep by name.",
)
