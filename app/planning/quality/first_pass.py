"""Executions of judging phases that no error names. Definitions: docs/kpis.md, "First-pass yield"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from pydantic import Field

from app.planning.quality.judged_errors import ALL, ErrorFilter
from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.errors_alone import is_error
from app.planning.snapshot.live_run import Run
from app.ratios import ratio

LEAST_PLACED = Fraction(9, 10)
"""Share of the errors that must name an execution of the phase that judged, as for the gate error_attribution. Below
it a yield would count executions as passed whose errors stand elsewhere."""


def by_phase(chosen: ErrorFilter) -> str:
    """SQL: finished executions of the phases that judge, and those of them without an error."""
    return f"""
    WITH judging AS (
        SELECT DISTINCT evaluation_phase_id AS phase_id FROM core.quality_errors WHERE run_id = :run_id
    ), failed AS (
        SELECT DISTINCT e.evaluation_order_phase_id AS order_phase_id
          FROM core.quality_errors AS e WHERE e.run_id = :run_id AND {is_error("e")}
    ), placed AS (
        SELECT e.evaluation_phase_id AS phase_id, count(*) AS errors,
               count(*) FILTER (WHERE p.phase_id <> e.evaluation_phase_id) AS errors_judged_elsewhere,
               count(*) FILTER (WHERE p.order_phase_id IS NULL) AS errors_of_unknown_executions
          FROM core.quality_errors AS e
          LEFT JOIN core.order_phases AS p
            ON p.run_id = :run_id AND p.order_phase_id = e.evaluation_order_phase_id
         WHERE e.run_id = :run_id AND {is_error("e")}
         GROUP BY e.evaluation_phase_id
    ), done AS (
        SELECT p.phase_id, count(*) AS finished_phases,
               count(*) FILTER (WHERE p.order_phase_id NOT IN (SELECT order_phase_id FROM failed)) AS first_pass_phases
          FROM {chosen.finished()} AND p.phase_id IN (SELECT phase_id FROM judging)
         GROUP BY p.phase_id
    )
    SELECT phase_id, ph.name AS phase_name, coalesce(done.finished_phases, 0) AS finished_phases,
           coalesce(done.first_pass_phases, 0) AS first_pass_phases, coalesce(placed.errors, 0) AS errors,
           coalesce(placed.errors_judged_elsewhere, 0) AS errors_judged_elsewhere,
           coalesce(placed.errors_of_unknown_executions, 0) AS errors_of_unknown_executions
      FROM judging
      LEFT JOIN placed USING (phase_id)
      LEFT JOIN done USING (phase_id)
      LEFT JOIN (SELECT phase_id, name FROM core.phases WHERE run_id = :run_id) AS ph USING (phase_id)
     WHERE {"true" if chosen.phase is None else "phase_id = :phase"}"""


class Yield(Answer):
    """Executions of judging phases, those that no error names, and the errors that cannot be placed."""

    finished_phases: int = Field(description="executions that were finished: of the period, of the product")
    first_pass_phases: int | None = Field(
        description="of these, named by no error as the execution that judged; null: too few errors are placed"
    )
    first_pass_yield: Figure | None = Field(
        description="first_pass_phases / finished_phases; null: none was finished, or fewer than 90 % of the errors "
        "name an execution of the phase that judged, so that it would be far too high"
    )
    errors: int = Field(description="of the run, whatever the period and product")
    errors_judged_elsewhere: int = Field(
        description="of these, the judging execution is of another phase than the one that judged"
    )
    errors_of_unknown_executions: int = Field(
        description="of these, the judging execution is not in FasesOrdemFabrico, so each may hide a failed one"
    )


class JudgingPhase(Answer):
    """A phase that judges."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")


class PhaseYield(Yield, JudgingPhase):  # the last base's fields come first
    """The yield of a phase that judges."""


class FirstPassYield(Yield):
    """The phases that judged anything in the run, the lowest yield first, those without one last."""

    phases: list[PhaseYield]


def first_pass_yield(connection: sa.Connection, run: Run, chosen: ErrorFilter = ALL) -> FirstPassYield:
    """The yield of each judging phase, and of all together."""
    rows = [row._asdict() for row in connection.execute(sa.text(by_phase(chosen)), chosen.bound(run))]
    phases = [PhaseYield(phase_id=row["phase_id"], phase_name=row["phase_name"], **figures_of([row])) for row in rows]
    return FirstPassYield(**figures_of(rows), phases=sorted(phases, key=_lowest_first))


def figures_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The members of `Yield` of these phases together."""
    finished, passed, errors, elsewhere, unknown = (
        sum(row[name] for row in rows)
        for name in (
            "finished_phases",
            "first_pass_phases",
            "errors",
            "errors_judged_elsewhere",
            "errors_of_unknown_executions",
        )
    )
    is_told = errors - elsewhere - unknown >= LEAST_PLACED * errors
    return {
        "finished_phases": finished,
        "first_pass_phases": passed if is_told else None,
        "first_pass_yield": ratio(passed, finished) if is_told else None,
        "errors": errors,
        "errors_judged_elsewhere": elsewhere,
        "errors_of_unknown_executions": unknown,
    }


def _lowest_first(phase: PhaseYield) -> tuple[bool, float, int]:
    return phase.first_pass_yield is None, phase.first_pass_yield or 0, phase.phase_id
