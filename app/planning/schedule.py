"""The shop floor now: work in process and queue per phase. Definitions: docs/kpis.md, "WIP" and "Queue"."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import Field

from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.loads import loads
from app.planning.snapshot.narrowing import WHOLE, Narrowing
from app.planning.snapshot.standing import Include, OpenOrderStanding, scope_of

SCHEDULE = """
    SELECT l.phase_id, ph.name AS phase_name, ph.sequence AS phase_sequence, l.in_process, l.queued, l.waiting,
           l.in_process_age_p50_hours, l.in_process_age_p90_hours, l.queue_age_p50_hours, l.queue_age_p90_hours,
           l.left_out_terminal AS left_out_phases_of_terminal_orders,
           l.left_out_stale AS left_out_phases_of_stale_orders, l.unclosed AS unclosed_phases_of_completed_orders
      FROM {loads} AS l
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = l.phase_id
     WHERE l.scope = :scope AND (CAST(:phase AS bigint) IS NULL OR l.phase_id = :phase)
     ORDER BY ph.sequence NULLS LAST, l.phase_id
"""


class PhaseLoad(Answer):
    """The open work at one phase. Ages are hours before as_of, by linear interpolation; null: nothing to age."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    phase_sequence: int | None
    in_process: int = Field(description="phases started and not ended, of open orders: the WIP")
    queued: int = Field(description="open orders whose next phase this is, with nothing in process")
    waiting: int = Field(description="later phases of open orders, not yet their turn")
    in_process_age_p50_hours: Figure | None
    in_process_age_p90_hours: Figure | None
    queue_age_p50_hours: Figure | None
    queue_age_p90_hours: Figure | None
    left_out_phases_of_terminal_orders: int = Field(description="open, but of orders that are over; 0 if included")
    left_out_phases_of_stale_orders: int = Field(description="open, but of orders that are old; 0 if included")
    unclosed_phases_of_completed_orders: int = Field(description="never ended in the ERP though the order is completed")


class ScheduleTotals(Answer):
    """Sums over the phases; together they are every phase of the run without an end."""

    in_process: int
    queued: int
    waiting: int
    left_out_phases_of_terminal_orders: int
    left_out_phases_of_stale_orders: int
    unclosed_phases_of_completed_orders: int


class Schedule(Answer):
    """The shop floor at as_of, in the factory's phase order; phases with nothing open are left out."""

    standing: OpenOrderStanding
    totals: ScheduleTotals
    phases: list[PhaseLoad]


def current_schedule(
    connection: sa.Connection, run: Run, include: Include | None = None, narrowing: Narrowing = WHOLE
) -> Schedule:
    """WIP and queue per phase with p50/p90 age in hours relative to the run's as_of; of production work, and more."""
    statement = sa.text(SCHEDULE.format(loads=loads(narrowing)))
    rows = connection.execute(statement, run.bound(scope=scope_of(include), **narrowing.bound())).mappings()
    phases = [PhaseLoad.model_validate(dict(row)) for row in rows]
    totals = {name: sum(getattr(phase, name) for phase in phases) for name in ScheduleTotals.model_fields}
    return Schedule(standing=run.standing, totals=ScheduleTotals(**totals), phases=phases)
