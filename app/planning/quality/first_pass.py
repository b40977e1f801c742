"""Executions of judging phases that no error names. Definitions: docs/kpis.md, "First-pass yield"."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import Field

from app.planning.quality.judged_errors import ALL, ErrorFilter
from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.errors_alone import is_error
from app.planning.snapshot.live_run import Run
from app.ratios import ratio

UNKNOWN = sa.text(f"""
    SELECT count(*) FROM core.quality_errors AS e
     WHERE e.run_id = :run_id AND {is_error("e")}
       AND NOT EXISTS (SELECT FROM core.order_phases AS p
                        WHERE p.run_id = :run_id AND p.order_phase_id = e.evaluation_order_phase_id)
""")


def by_phase(chosen: ErrorFilter) -> str:
    """SQL: finished executions of the phases that judge, and those of them without an error."""
    return f"""
    WITH judging AS (
        SELECT DISTINCT evaluation_phase_id AS phase_id FROM core.quality_errors WHERE run_id = :run_id
    ), failed AS (
        SELECT DISTINCT e.evaluation_order_phase_id AS order_phase_id
          FROM core.quality_errors AS e WHERE e.run_id = :run_id AND {is_error("e")}
    ), done AS (
        SELECT p.phase_id, count(*) AS finished_phases,
               count(*) FILTER (WHERE p.order_phase_id NOT IN (SELECT order_phase_id FROM failed)) AS first_pass_phases
          FROM {chosen.finished()} AND p.phase_id IN (SELECT phase_id FROM judging)
         GROUP BY p.phase_id
    )
    SELECT phase_id, ph.name AS phase_name, coalesce(done.finished_phases, 0) AS finished_phases,
           coalesce(done.first_pass_phases, 0) AS first_pass_phases
      FROM judging
      LEFT JOIN done USING (phase_id)
      LEFT JOIN (SELECT phase_id, name FROM core.phases WHERE run_id = :run_id) AS ph USING (phase_id)
     WHERE {"true" if chosen.phase is None else "phase_id = :phase"}"""


class PhaseYield(Answer):
    """A phase that judges."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    finished_phases: int = Field(description="executions that were finished: of the period, of the product")
    first_pass_phases: int = Field(description="of these, named by no error as the execution that judged")
    first_pass_yield: Figure | None = Field(description="first_pass_phases / finished_phases; null: none was finished")


class FirstPassYield(Answer):
    """The phases that judged anything in the run, the lowest yield first, those without one last."""

    finished_phases: int
    first_pass_phases: int
    first_pass_yield: Figure | None = Field(description="first_pass_phases / finished_phases; null: none was finished")
    errors_of_unknown_executions: int = Field(
        description="of the run: the judging execution is not in FasesOrdemFabrico, so each may hide a failed execution"
    )
    phases: list[PhaseYield]


def first_pass_yield(connection: sa.Connection, run: Run, chosen: ErrorFilter = ALL) -> FirstPassYield:
    """The yield of each judging phase, and of all together."""
    rows = connection.execute(sa.text(by_phase(chosen)), chosen.bound(run)).mappings().all()
    phases = [
        PhaseYield(**row, first_pass_yield=ratio(row["first_pass_phases"], row["finished_phases"])) for row in rows
    ]
    finished = sum(phase.finished_phases for phase in phases)
    passed = sum(phase.first_pass_phases for phase in phases)
    return FirstPassYield(
        finished_phases=finished,
        first_pass_phases=passed,
        first_pass_yield=ratio(passed, finished),
        errors_of_unknown_executions=connection.execute(UNKNOWN, run.bound()).scalar_one(),
        phases=sorted(phases, key=_lowest_first),
    )


def _lowest_first(phase: PhaseYield) -> tuple[bool, float, int]:
    return phase.first_pass_yield is None, phase.first_pass_yield or 0, phase.phase_id
