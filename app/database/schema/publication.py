"""Metadata of publication: each plant's pointer to its live run, and whole-run figures.

Both name a run of audit without a foreign key, so that none leaves the schema core, which can then be distributed by
itself (docs/operations/citus.md). The owner alone may delete the record of a run.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from app.database.schema.base import metadata

current_snapshot = sa.Table(
    "current_snapshot",
    metadata,
    sa.Column("plant", sa.Text, nullable=False),
    sa.Column("run_id", sa.BigInteger, nullable=False),
    sa.Column("published_at", sa.TIMESTAMP(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint("plant", name="pk_current_snapshot"),
    schema="core",
    comment="Which run is live for each plant.",
)

COUNTS = (
    "work_orders",
    "open_work_orders",
    "order_phases",
    "open_order_phases",
    "return_order_phases",
    "quality_errors",
)
"""Columns of snapshot_facts that count rows of the run."""

snapshot_facts = sa.Table(
    "snapshot_facts",
    metadata,
    sa.Column("run_id", sa.BigInteger, nullable=False, autoincrement=False),
    sa.Column(
        "as_of",
        sa.TIMESTAMP,
        comment="Latest creation, start, end or completion stamp of the run. Unit: factory-local time.",
    ),
    *(sa.Column(name, sa.BigInteger, nullable=False) for name in COUNTS),
    sa.Column(
        "open_by_standing",
        JSONB,
        nullable=False,
        comment="Open work orders by PRODUCTION, STALE and each class of terminal phase.",
    ),
    sa.PrimaryKeyConstraint("run_id", name="pk_snapshot_facts"),
    schema="core",
    comment="Whole-run figures, made in the ingestion's transaction.",
)
