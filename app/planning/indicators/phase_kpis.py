"""Executions finished by each phase of production, rework and durations. Definitions: docs/kpis.md, "By phase"."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from pydantic import Field

from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.period import Period, within, within_window

FIGURES_BY_PHASE = """
    SELECT f.phase_id, ph.name AS phase_name, ph.is_production, f.finished_phases, f.return_phases, f.timed_phases,
           f.duration_median_s, f.flow_mean_hours, f.throughput_phases, f.throughput_window_days
      FROM figures AS f
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = f.phase_id
     WHERE f.finished_phases > 0
     ORDER BY ph.sequence NULLS LAST, f.phase_id"""

OF_RUN = sa.text(f"WITH figures AS (SELECT * FROM core.phase_rates WHERE run_id = :run_id) {FIGURES_BY_PHASE}")
"""SQL for the figures of the run, from the rates that the ingestion computed."""

OF_PERIOD = sa.text(f"""
    WITH touched AS MATERIALIZED (
        SELECT DISTINCT work_order_id FROM core.order_phases WHERE run_id = :run_id AND {within("finished_at")}
    ), walked AS (
        SELECT p.phase_id, p.finished_at, p.is_return, p.finished_at - p.started_at AS duration,
               greatest(p.finished_at - greatest(max(p.finished_at) OVER earlier, o.created_at), interval '0') AS flow
          FROM touched
          JOIN core.order_phases AS p ON p.run_id = :run_id AND p.work_order_id = touched.work_order_id
          JOIN core.work_orders AS o ON o.run_id = :run_id AND o.work_order_id = touched.work_order_id
        WINDOW earlier AS (PARTITION BY p.work_order_id ORDER BY p.sequence, p.order_phase_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ), figures AS (
        SELECT phase_id, count(*) AS finished_phases, count(*) FILTER (WHERE is_return) AS return_phases,
               count(*) FILTER (WHERE duration >= interval '0') AS timed_phases,
               date_part('epoch', percentile_disc(0.5) WITHIN GROUP (ORDER BY duration)
                   FILTER (WHERE duration >= interval '0')) AS duration_median_s,
               date_part('epoch', sum(flow)) / 3600 / count(*) AS flow_mean_hours,
               count(*) FILTER (WHERE {within_window("finished_at")}) AS throughput_phases,
               CAST(:window_end_day AS date) - CAST(:window_first_day AS date) AS throughput_window_days
          FROM walked
         WHERE {within("finished_at")}
         GROUP BY phase_id
    ) {FIGURES_BY_PHASE}
""")
"""SQL for the figures of a period. It reads all executions of the orders that the period touches, because a flow
time depends on the executions before it."""


class PhaseFigures(Answer):
    """The executions of one phase that were finished; with a period: in it."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    is_production: bool | None = Field(description="Fase_DeProducao; null: the phase is not in Fases")
    finished_phases: int = Field(description="executions of the phase; the population of every figure here")
    return_phases: int = Field(description="of these, the returns: rework")
    return_ratio: Figure = Field(description="return_phases / finished_phases")
    timed_phases: int = Field(description="of these, those whose end does not precede their start")
    duration_median_s: Figure | None = Field(description="lower median of end - start; null: none timed")
    flow_mean_hours: Figure = Field(description="mean time from the end of the order's phases before to its own end")
    throughput_phases: int = Field(description="finished within the window that ends at as_of, or the period's")
    throughput_phases_per_day: Figure


class PhaseKpis(Answer):
    """The phases with a finished execution, in the factory's order."""

    throughput_window_days: int | None = Field(description="null: no phase has a finished execution")
    phases: list[PhaseFigures]


def by_phase(connection: sa.Connection, run: Run, period: Period | None = None) -> PhaseKpis:
    """Executions, returns, duration, flow time and throughput by phase, of the run or of a period of it."""
    parameters = run.bound() if period is None else run.bound(**period.bound(run.as_of))
    rows = connection.execute(OF_RUN if period is None else OF_PERIOD, parameters).mappings().all()
    windows = [row["throughput_window_days"] for row in rows]
    return PhaseKpis(
        throughput_window_days=windows[0] if windows else None,
        phases=[
            _figures({name: value for name, value in row.items() if name in PhaseFigures.model_fields}, days)
            for row, days in zip(rows, windows, strict=True)
        ],
    )


def _figures(row: dict[str, Any], days: int) -> PhaseFigures:
    return PhaseFigures(
        **row,
        return_ratio=row["return_phases"] / row["finished_phases"],
        throughput_phases_per_day=row["throughput_phases"] / days,
    )
