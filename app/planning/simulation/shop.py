"""A run as a simulation takes it: paces, calendar, calibration, capacities. docs/kpis.md, "What if"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from app.features.calendar import Calendar, load_calendar
from app.planning.simulation.calibration import Calibration, calibrate
from app.planning.simulation.dispatch import Job, Rule, dispatch
from app.planning.simulation.open_work import OpenWork, open_work
from app.planning.simulation.paces import Pace, paces_of
from app.planning.simulation.working_time import WorkingTime
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.standing import Include


@dataclass(frozen=True, slots=True)
class Shop:
    """A run's phases and its calendar; capacities: usual places by phase."""

    run: Run
    paces: dict[int, Pace]
    calendar: Calendar
    calibration: Calibration | None
    capacities: dict[int, int]

    @property
    def pace_factor(self) -> float:
        """The calibrated factor; 1 where there is none."""
        return (self.calibration and self.calibration.pace_factor) or 1

    def open_work(self, connection: sa.Connection, include: Include | None) -> OpenWork:
        """The open work as jobs of calibrated durations."""
        return open_work(connection, self.run, self.paces, self.pace_factor, include)

    def completions(
        self,
        jobs: Iterable[Job],
        capacities: dict[int, int] | None = None,
        rule: Rule = Rule.FIFO,
        calendar: Calendar | None = None,
    ) -> dict[int, int]:
        """Seconds from as_of until the last operation of each order ends."""
        if self.run.as_of is None:
            return {}
        time = WorkingTime(calendar or self.calendar, self.run.as_of)
        executions = dispatch(jobs, capacities or self.capacities, rule)
        ends = {one.work_order_id: one.finished_s for one in executions}
        return {work_order_id: time.end_of(end) for work_order_id, end in ends.items()}


def shop_of(connection: sa.Connection, run: Run) -> Shop:
    """The shop of a run in the declared calendar."""
    paces, calendar = paces_of(connection, run), load_calendar()
    calibration = calibrate(connection, run, paces, calendar)
    return Shop(run, paces, calendar, calibration, {phase_id: pace.capacity for phase_id, pace in paces.items()})
