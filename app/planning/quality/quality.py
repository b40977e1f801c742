"""Quality errors: how many, how severe, where judged, where caused. Definitions: docs/kpis.md, "Quality"."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from pydantic import Field

from app.planning.quality import judged_errors
from app.planning.quality.checklist_lines import ChecklistCounts, checklist, counts_of
from app.planning.quality.judged_errors import ALL, ErrorFilter
from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run
from app.ratios import ratio

SEVERITIES = (1, 2, 3)

BY_PHASE = """
    SELECT e.phase_id, ph.name AS phase_name, e.severity, e.errors
      FROM core.phase_errors AS e
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = e.phase_id
     WHERE e.run_id = :run_id AND e.role = '{role}'
"""
MOST_DESCRIPTIONS = 10
BY_EVALUATION, BY_CULPRIT = (sa.text(BY_PHASE.format(role=role)) for role in ("EVALUATION", "CULPRIT"))
TOP = sa.text("SELECT description, errors FROM core.error_descriptions WHERE run_id = :run_id ORDER BY place")
WHOLE = sa.text("""
    SELECT f.quality_errors, f.work_orders, k.orders_with_errors, k.errors_of_unknown_orders, k.without_culprit_errors
      FROM core.snapshot_facts AS f
      JOIN core.key_figures AS k ON k.run_id = :run_id
     WHERE f.run_id = :run_id
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
    """Errors of the run, or of a period, phase or product; identical rows are separate events."""

    errors: int
    by_severity: SeverityCounts
    orders_with_errors: int = Field(description="orders of the run that at least one of these errors names")
    orders_with_errors_ratio: Figure | None = Field(
        description="of all orders; with a period or a phase: of these and those of which an execution (of the phase) "
        "was finished (in it); null: none"
    )
    errors_of_unknown_orders: int = Field(description="errors whose order is not in the run; counted in errors")
    by_evaluation_phase: list[PhaseErrors] = Field(description="most errors first")
    top_descriptions: list[DescriptionErrors] = Field(description="the ten most frequent")
    checklist: ChecklistCounts


class CulpritPhases(Answer):
    """Errors by the phase of the execution held responsible; attributed + unknown + without = all errors."""

    attributed_errors: int
    unknown_culprit_errors: int = Field(description="the culprit named is not in FasesOrdemFabrico")
    without_culprit_errors: int = Field(description="no culprit named")
    by_culprit_phase: list[PhaseErrors] = Field(description="most errors first")


def quality_overview(connection: sa.Connection, run: Run, chosen: ErrorFilter = ALL) -> QualityOverview:
    """Counts by severity, judging phase and description, and the share of orders with errors."""
    bound = chosen.bound(run)
    whole = counts(connection, run, chosen)
    judged = _rows(
        connection, BY_EVALUATION if chosen == ALL else sa.text(judged_errors.by_evaluation_phase(chosen)), bound
    )
    top = TOP if chosen == ALL else sa.text(judged_errors.by_description(chosen))
    return QualityOverview(
        errors=whole.quality_errors,
        by_severity=_severities(judged),
        orders_with_errors=whole.orders_with_errors,
        orders_with_errors_ratio=ratio(whole.orders_with_errors, whole.work_orders),
        errors_of_unknown_orders=whole.errors_of_unknown_orders,
        by_evaluation_phase=_by_phase(judged),
        top_descriptions=[
            DescriptionErrors(**row) for row in _rows(connection, top, bound | {"most": MOST_DESCRIPTIONS})
        ],
        checklist=counts_of(checklist(connection, run, chosen)),
    )


def by_culprit_phase(connection: sa.Connection, run: Run, chosen: ErrorFilter = ALL) -> CulpritPhases:
    """Counts by the culprit's phase. Rests on the gate error_attribution."""
    whole = counts(connection, run, chosen)
    statement = BY_CULPRIT if chosen == ALL else sa.text(judged_errors.by_culprit_phase(chosen))
    known = _rows(connection, statement, chosen.bound(run))
    attributed = sum(row["errors"] for row in known)
    return CulpritPhases(
        attributed_errors=attributed,
        unknown_culprit_errors=whole.quality_errors - whole.without_culprit_errors - attributed,
        without_culprit_errors=whole.without_culprit_errors,
        by_culprit_phase=_by_phase(known),
    )


def counts(connection: sa.Connection, run: Run, chosen: ErrorFilter) -> sa.Row[Any]:
    """The numbers of errors and orders: stored of the whole run, otherwise counted."""
    statement = WHOLE if chosen == ALL else sa.text(judged_errors.counted(chosen))
    return connection.execute(statement, chosen.bound(run)).one()


def _rows(connection: sa.Connection, statement: sa.TextClause, bound: dict[str, object]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(statement, bound).mappings()]


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
