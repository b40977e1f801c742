"""Metadata of core's aggregates: figures of a whole run, partitioned like its rows and made in the same transaction.

What each figure means: docs/kpis.md.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.database.schema.base import metadata

THROUGHPUT_DAYS = 30
"""Length of the throughput window in days: `throughput_window_days` of these tables. It ends at as_of."""

PLACES_DAYS = 90
"""Length in days of the window of `places_p95`. It ends at as_of."""


def aggregate(name: str, meaning: str, *items: sa.schema.SchemaItem, key: tuple[str, ...]) -> sa.Table:
    """A table of figures: `run_id` first, one partition for each run, key unique within a run."""
    return sa.Table(
        name,
        metadata,
        sa.Column(
            "run_id",
            sa.BigInteger,
            nullable=False,
            autoincrement=False,
            comment="Ingestion run whose snapshot holds the row.",
        ),
        *items,
        sa.PrimaryKeyConstraint("run_id", *key, name=f"pk_{name}"),
        schema="core",
        comment=meaning,
        postgresql_partition_by="LIST (run_id)",
    )


def figure(name: str, kind: Any = sa.BigInteger, *, unit: str = "", nullable: bool = False) -> sa.Column[Any]:
    """A figure; its comment is its unit, unless it counts rows."""
    return sa.Column(name, kind, nullable=nullable, comment=f"Unit: {unit}." if unit else None)


key_figures = aggregate(
    "key_figures",
    "Figures about all work orders and quality errors of a run: one row.",
    figure("lead_time_orders"),
    *(
        figure(f"lead_time_{name}_days", sa.Double, unit="days of 24 h", nullable=True)
        for name in ("mean", "p50", "p90")
    ),
    *(
        figure(name)
        for name in (
            "completed_before_created_orders",
            "delivery_orders",
            "on_time_orders",
            "overdue_orders",
            "throughput_orders",
            "throughput_window_days",
            "orders_with_errors",
            "errors_of_unknown_orders",
            "without_culprit_errors",
            "due_orders",
            "due_on_time_orders",
            "overdue_terminal_orders",
            "overdue_stale_orders",
            "recent_lead_time_orders",
        )
    ),
    *(
        figure(f"recent_lead_time_{name}_days", sa.Double, unit="days of 24 h", nullable=True)
        for name in ("mean", "p50", "p90")
    ),
    key=(),
)

open_orders = aggregate(
    "open_orders",
    "Standing of each open work order: production work, over, or old.",
    figure("work_order_id"),
    sa.Column("standing", sa.Text, nullable=False),
    sa.Column("terminal_class", sa.Text, comment="Class of the terminal phase that the order is at."),
    sa.Column("last_phase_id", sa.BigInteger, comment="Phase of the order's latest end; null: none has ended."),
    sa.CheckConstraint("standing IN ('PRODUCTION', 'TERMINAL', 'STALE')", name="ck_open_orders_standing"),
    key=("work_order_id",),
)

phase_loads = aggregate(
    "phase_loads",
    "Order phases without an end, by phase of production and scope: the shop floor at as_of.",
    *(figure(name) for name in ("phase_id", "in_process", "queued", "waiting", "unclosed", "open_orders")),
    *(
        figure(f"{state}_age_{rank}_hours", sa.Double, unit="h before as_of", nullable=True)
        for state in ("in_process", "queue")
        for rank in ("p50", "p90")
    ),
    figure("weight_kg", sa.Double, unit="kg"),
    figure("in_process_weight_kg", sa.Double, unit="kg"),
    figure("phases_without_weight"),
    sa.Column("scope", sa.Text, nullable=False, comment="Which open orders count: production work, and the others."),
    figure("left_out_terminal"),
    figure("left_out_stale"),
    key=("scope", "phase_id"),
)

phase_rates = aggregate(
    "phase_rates",
    "How fast phases of production were executed, by phase: recently, and over the whole run.",
    *(figure(name) for name in ("phase_id", "finished_phases", "throughput_phases", "throughput_window_days")),
    figure("flow_mean_hours", sa.Double, unit="h", nullable=True),
    figure("timed_phases"),
    figure("duration_median_s", sa.Double, unit="s", nullable=True),
    figure("coefficient_median", sa.Double, unit="none is stated by the source"),
    figure("return_phases"),
    figure("places_p95", nullable=True),
    key=("phase_id",),
)

SPREAD_HITS = ("p50_orders", "within_p50_orders", "p90_orders", "within_p90_orders")
FLAG_HITS = tuple(
    f"{flag}_{orders}_orders" for flag in ("p50", "mean_flow") for orders in ("due", "late", "flagged", "flagged_late")
)
"""Numbers of orders by which the estimates that would have been made earlier are judged."""

remaining_flows = aggregate(
    "remaining_flows",
    "How long orders took from a point on, by the point that they had reached, and how such estimates came true.",
    sa.Column("point", sa.Text, nullable=False, comment="AFTER_PHASE: its latest end was of this phase."),
    figure("phase_id"),
    figure("orders"),
    *(figure(f"{rank}_hours", sa.Double, unit="h", nullable=True) for rank in ("p50", "p90")),
    *(figure(name) for name in (*SPREAD_HITS, *FLAG_HITS)),
    sa.CheckConstraint("point IN ('AFTER_PHASE', 'NOT_STARTED', 'ANY')", name="ck_remaining_flows_point"),
    key=("point", "phase_id"),
)

employee_work = aggregate(
    "employee_work",
    "Assignments and the phases worked on, by employee.",
    *(
        figure(name)
        for name in (
            "employee_id",
            "assignments",
            "matched_assignments",
            "chief_assignments",
            "finished_phases",
            "return_phases",
            "timed_phases",
        )
    ),
    figure("elapsed_hours", sa.Double, unit="h"),
    key=("employee_id",),
)

phase_errors = aggregate(
    "phase_errors",
    "Quality errors by the phase that judged and by the phase held responsible, and by severity.",
    sa.Column("role", sa.Text, nullable=False, comment="EVALUATION: the phase judged. CULPRIT: it is responsible."),
    figure("phase_id"),
    figure("severity", sa.SmallInteger),
    figure("errors"),
    sa.CheckConstraint("role IN ('EVALUATION', 'CULPRIT')", name="ck_phase_errors_role"),
    key=("role", "phase_id", "severity"),
)

checklist_lines = aggregate(
    "checklist_lines",
    "Checklist lines as they were declared when the run was ingested: remarks that something is good, no errors.",
    figure("phase_id"),
    figure("description", sa.Text),
    figure("seen_rows"),
    key=("phase_id", "description"),
)

error_descriptions = aggregate(
    "error_descriptions",
    "The most frequent descriptions of quality errors.",
    figure("place"),
    figure("description", sa.Text),
    figure("errors"),
    key=("place",),
)
