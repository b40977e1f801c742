"""Phases by how many days of work lie before them. Definitions: docs/kpis.md, "Bottlenecks"."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import Field

from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.standing import Include, OpenOrderStanding, scope_of
from app.ratios import ratio

LOADS = sa.text("""
    SELECT l.phase_id, ph.name AS phase_name, ph.is_production, l.in_process, l.queued, l.waiting,
           r.throughput_phases, r.throughput_window_days
      FROM core.phase_loads AS l
      JOIN core.phase_rates AS r ON r.run_id = :run_id AND r.phase_id = l.phase_id
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = l.phase_id
     WHERE l.run_id = :run_id AND l.scope = :scope AND l.in_process + l.queued > 0
     ORDER BY l.phase_id
""")


class Bottleneck(Answer):
    """One phase with work at it, and how fast it has been working lately."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    is_production: bool | None = Field(description="Fase_DeProducao; null: the phase is not in Fases")
    in_process: int
    queued: int
    waiting: int = Field(description="later phases of open orders; not yet at the phase, so not in its score")
    throughput_phases: int = Field(description="executions finished within the window that ends at as_of")
    throughput_phases_per_day: Figure
    days_of_work_ahead: Figure | None = Field(
        description="the score: (in_process + queued) / throughput_phases_per_day; null: nothing finished in the window"
    )


class Bottlenecks(Answer):
    """The phases with work in process or queued: first those at a standstill, then by score, highest first."""

    standing: OpenOrderStanding
    throughput_window_days: int | None = Field(description="null: there is no work at any phase")
    phases: list[Bottleneck]


def bottlenecks(connection: sa.Connection, run: Run, include: Include | None = None) -> Bottlenecks:
    """Phases ranked by days of work ahead at the throughput before as_of; of production work, and more."""
    rows = [dict(row) for row in connection.execute(LOADS, run.bound(scope=scope_of(include))).mappings()]
    windows = [row.pop("throughput_window_days") for row in rows]
    phases = []
    for row, days in zip(rows, windows, strict=True):
        per_day = row["throughput_phases"] / days
        score = ratio(row["in_process"] + row["queued"], per_day)
        phases.append(Bottleneck(**row, throughput_phases_per_day=per_day, days_of_work_ahead=score))
    days_counted = windows[0] if windows else None
    return Bottlenecks(standing=run.standing, throughput_window_days=days_counted, phases=sorted(phases, key=rank))


def rank(phase: Bottleneck) -> tuple[bool, float, int]:
    """A standstill first, the most work first; otherwise the highest score first; then by number."""
    score = phase.days_of_work_ahead
    return score is not None, -(phase.in_process + phase.queued if score is None else score), phase.phase_id
