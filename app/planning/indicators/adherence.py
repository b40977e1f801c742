"""Executions against their planned day, by phase. Definitions: docs/kpis.md, "Schedule adherence"."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import Field

from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.period import Period, within
from app.ratios import ratio

BY_PHASE = sa.text(f"""
    SELECT p.*, ph.name AS phase_name
      FROM (SELECT phase_id, count(late_days) AS planned_phases,
                   count(*) FILTER (WHERE late_days <= 0) AS on_time_phases,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY late_days) FILTER (WHERE late_days IS NOT NULL)
                       AS days_late_p50,
                   percentile_cont(0.9) WITHIN GROUP (ORDER BY late_days) FILTER (WHERE late_days IS NOT NULL)
                       AS days_late_p90,
                   count(*) FILTER (WHERE late_days IS NULL) AS unplanned_phases
              FROM (SELECT phase_id, CAST(finished_at AS date) - planned_on AS late_days
                      FROM core.order_phases
                     WHERE run_id = :run_id AND finished_at IS NOT NULL
                       AND (:is_whole OR {within("finished_at")})) AS finished
             GROUP BY phase_id) AS p
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = p.phase_id
     ORDER BY ph.sequence NULLS LAST, p.phase_id
""")


class PhaseAdherence(Answer):
    """The finished executions of one phase against their planned day."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    planned_phases: int = Field(description="finished executions with a planned day")
    on_time_phases: int = Field(description="of these, ended by the end of that day")
    schedule_adherence_ratio: Figure | None = Field(description="on_time / planned; null: none had a planned day")
    days_late_p50: Figure | None = Field(description="end day - planned day, calendar days; negative: early")
    days_late_p90: Figure | None
    unplanned_phases: int = Field(description="finished executions without a planned day; not judged")


class ScheduleAdherence(Answer):
    """All finished executions, and by phase in the factory's flow."""

    planned_phases: int
    on_time_phases: int
    schedule_adherence_ratio: Figure | None
    unplanned_phases: int
    phases: list[PhaseAdherence]


def schedule_adherence(connection: sa.Connection, run: Run, period: Period | None = None) -> ScheduleAdherence:
    """The executions finished in the run or in a period, against their planned day."""
    bound = run.bound(**(period or Period(None, None)).bound(run.as_of), is_whole=period is None)
    phases = [
        PhaseAdherence(**row, schedule_adherence_ratio=ratio(row["on_time_phases"], row["planned_phases"]))
        for row in connection.execute(BY_PHASE, bound).mappings()
    ]
    planned, on_time = (sum(getattr(one, name) for one in phases) for name in ("planned_phases", "on_time_phases"))
    return ScheduleAdherence(
        planned_phases=planned,
        on_time_phases=on_time,
        schedule_adherence_ratio=ratio(on_time, planned),
        unplanned_phases=sum(one.unplanned_phases for one in phases),
        phases=phases,
    )
