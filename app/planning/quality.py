"""Quality errors: how many, how severe, where judged, where caused. Definitions: docs/kpis.md, "Quality"."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from pydantic import Field

from app.planning.answer import Answer
from app.planning.run import Run

SEVERITIES = (1, 2, 3)
TOP_DESCRIPTIONS = 10

COUNTS = sa.text("""
    SELECT evaluation_phase_id, description, severity, count(*) AS errors
      FROM core.quality_errors WHERE run_id = :run_id
     GROUP BY evaluation_phase_id, description, severity
""")
PHASES = sa.text("SELECT phase_id, name, sequence FROM core.phases WHERE run_id = :run_id")
ORDERS = sa.text("""
    SELECT count(o.work_order_id) AS orders_with_errors,
           coalesce(sum(e.errors) FILTER (WHERE o.work_order_id IS NULL), 0)::bigint AS errors_of_unknown_orders,
           (SELECT work_orders FROM core.snapshot_facts WHERE run_id = :run_id) AS orders
      FROM (SELECT work_order_id, count(*) AS errors
              FROM core.quality_errors WHERE run_id = :run_id GROUP BY work_order_id) AS e
      LEFT JOIN core.work_orders AS o ON o.run_id = :run_id AND o.work_order_id = e.work_order_id
""")
BY_CULPRIT = sa.text("""
    SELECT p.phase_id, ph.name AS phase_name, ph.sequence, p.order_phase_id IS NOT NULL AS is_known, e.severity,
           count(*) AS errors
      FROM core.quality_errors AS e
      LEFT JOIN core.order_phases AS p ON p.run_id = :run_id AND p.order_phase_id = e.culprit_order_phase_id
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = p.phase_id
     WHERE e.run_id = :run_id AND e.culprit_order_phase_id IS NOT NULL
     GROUP BY p.phase_id, ph.name, ph.sequence, is_known, e.severity
""")
WITHOUT_CULPRIT = sa.text("""
    SELECT count(*) FROM core.quality_errors WHERE run_id = :run_id AND culprit_order_phase_id IS NULL
""")


class SeverityCounts(Answer):
    """Errors by the source's severity, 1 to 3."""

    severity_1: int
    severity_2: int
    severity_3: int


class PhaseErrors(Answer):
    """Errors at one phase."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    errors: int
    by_severity: SeverityCounts


class DescriptionErrors(Answer):
    """Errors of one description, as the source writes it."""

    description: str
    errors: int


class QualityOverview(Answer):
    """Errors of the whole run; identical rows are separate events."""

    errors: int
    by_severity: SeverityCounts
    orders_with_errors: int = Field(description="orders of the run with at least one error")
    orders_with_errors_ratio: float | None = Field(description="of all orders; null: no orders")
    errors_of_unknown_orders: int = Field(description="errors whose order is not in the run; counted in errors")
    by_evaluation_phase: list[PhaseErrors] = Field(description="most errors first")
    top_descriptions: list[DescriptionErrors] = Field(description="the ten most frequent")


class CulpritPhases(Answer):
    """Errors by the phase of the execution held responsible; attributed + unknown + without = all errors."""

    attributed_errors: int
    unknown_culprit_errors: int = Field(description="the culprit named is not in FasesOrdemFabrico")
    without_culprit_errors: int = Field(description="no culprit named")
    by_culprit_phase: list[PhaseErrors] = Field(description="most errors first")


def quality_overview(connection: sa.Connection, run: Run) -> QualityOverview:
    """Counts by severity, judging phase and description, and the share of orders with errors."""
    counts = [dict(row) for row in connection.execute(COUNTS, run.bound()).mappings()]
    names = {row.phase_id: row.name for row in connection.execute(PHASES, run.bound())}
    orders = connection.execute(ORDERS, run.bound()).one()
    for row in counts:
        row["phase_id"] = row["evaluation_phase_id"]
        row["phase_name"] = names.get(row["phase_id"])
    descriptions: dict[str, int] = {}
    for row in counts:
        descriptions[row["description"]] = descriptions.get(row["description"], 0) + row["errors"]
    top = sorted(descriptions.items(), key=lambda item: (-item[1], item[0]))[:TOP_DESCRIPTIONS]
    return QualityOverview(
        errors=sum(row["errors"] for row in counts),
        by_severity=_severities(counts),
        orders_with_errors=orders.orders_with_errors,
        orders_with_errors_ratio=orders.orders_with_errors / orders.orders if orders.orders else None,
        errors_of_unknown_orders=orders.errors_of_unknown_orders,
        by_evaluation_phase=_by_phase(counts),
        top_descriptions=[DescriptionErrors(description=text, errors=errors) for text, errors in top],
    )


def by_culprit_phase(connection: sa.Connection, run: Run) -> CulpritPhases:
    """Counts by the culprit's phase. Rests on the gate error_attribution."""
    rows = [dict(row) for row in connection.execute(BY_CULPRIT, run.bound()).mappings()]
    known = [row for row in rows if row["is_known"]]
    return CulpritPhases(
        attributed_errors=sum(row["errors"] for row in known),
        unknown_culprit_errors=sum(row["errors"] for row in rows if not row["is_known"]),
        without_culprit_errors=connection.execute(WITHOUT_CULPRIT, run.bound()).scalar_one(),
        by_culprit_phase=_by_phase(known),
    )


def _severities(rows: list[dict[str, Any]]) -> SeverityCounts:
    return SeverityCounts(
        **{f"severity_{level}": sum(row["errors"] for row in rows if row["severity"] == level) for level in SEVERITIES}
    )


def _by_phase(rows: list[dict[str, Any]]) -> list[PhaseErrors]:
    grouped: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        grouped.setdefault(row["phase_id"], []).append(row)
    phases = [
        PhaseErrors(
            phase_id=phase_id,
            phase_name=members[0]["phase_name"],
            errors=sum(row["errors"] for row in members),
            by_severity=_severities(members),
        )
        for phase_id, members in grouped.items()
    ]
    return sorted(phases, key=lambda phase: (-phase.errors, phase.phase_id))
