"""A run as a simulation takes it: paces, calendar, calibration, capacities. docs/kpis.md, "What if"."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from app.features.calendar import Calendar
from app.planning.simulation.calibration import Calibration, calibrate
from app.planning.simulation.open_work import OpenWork, open_work
from app.planning.simulation.paces import Pace, paces_of
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
    def now(self) -> dt.datetime:
        """The run's as_of; the first day of the calendar where it has none, and so no open work either."""
        return self.run.as_of or dt.datetime.combine(dt.date.min, dt.time())

    @property
    def pace_factor(self) -> float:
        """The calibrated factor; 1 where there is none."""
        return (self.calibration and self.calibration.pace_factor) or 1

    def open_work(self, connection: sa.Connection, include: Include | None) -> OpenWork:
        """The open work as jobs of calibrated durations."""
        return open_work(connection, self.run, self.paces, self.pace_factor, include)


def shop_of(connection: sa.Connection, run: Run, calendar: Calendar) -> Shop:
    """The shop of a run in the plant's calendar."""
    paces = paces_of(connection, run)
    calibration = calibrate(connection, run, paces, calendar)
    return Shop(run, paces, calendar, calibration, {phase_id: pace.capacity for phase_id, pace in paces.items()})
