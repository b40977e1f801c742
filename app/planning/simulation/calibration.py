"""The simulation against the last 30 days, and the pace factor that mends it. docs/kpis.md, "Calibration"."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping

import numpy as np
import sqlalchemy as sa
from pydantic import Field

from app.database.schema.aggregates import THROUGHPUT_DAYS
from app.features.calendar import Calendar
from app.planning.simulation.dispatch import Rule, dispatch
from app.planning.simulation.paces import Pace
from app.planning.simulation.past_work import PastWork, past_work
from app.planning.simulation.working_time import WorkingTime
from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run
from app.ratios import ratio

WINDOW = dt.timedelta(days=THROUGHPUT_DAYS)
LEAST_ORDERS = 5
"""Completed orders from which a pace factor is derived."""


class Calibration(Answer):
    """The last 30 days simulated from the work that was open before them, against what happened."""

    window_days: int = THROUGHPUT_DAYS
    open_orders: int = Field(description="orders open when the window began, with an open phase; not over, not old")
    completed_orders: int = Field(description="of these, completed in the window")
    completed_orders_per_day: Figure
    uncalibrated_orders: int = Field(description="of these, completed in the window by the simulation with pace 1")
    uncalibrated_orders_per_day: Figure
    pace_factor: Figure | None = Field(
        description="by which every duration is multiplied, so that the simulation completes as many as were; null: "
        "fewer than five were completed, so durations are taken as they are"
    )
    checked_orders: int | None = Field(
        description="completed in the window by a simulation with the pace factor of the 30 days before: how well "
        "yesterday's calibration predicted; null: that has none"
    )
    checked_error_ratio: Figure | None = Field(
        description="(checked - completed) / completed; positive: the simulation was too quick; null: as checked_orders"
    )
    error_p50_days: Figure | None = Field(
        description="median of how far the calibrated completion of an order completed in the window was off, either "
        "way, in days of 24 h; null: as pace_factor"
    )
    delay_p90_days: Figure | None = Field(
        description="nine in ten of these orders were completed at most so many days after the calibrated completion; "
        "null: as pace_factor"
    )


class _Replay:
    """One window: the working seconds after which the simulation, at pace 1, completes each order."""

    def __init__(self, work: PastWork, paces: Mapping[int, Pace], calendar: Calendar) -> None:
        capacities = {phase_id: pace.capacity for phase_id, pace in paces.items()}
        self.ends = {one.work_order_id: one.finished_s for one in dispatch(work.jobs, capacities, Rule.FIFO)}
        self.time = WorkingTime(calendar, work.since)
        self.window_s = self.time.until(THROUGHPUT_DAYS * 86_400)
        self.taken = {
            key: done - work.since
            for key, done in work.completed_at.items()
            if done is not None and done - work.since <= WINDOW
        }

    def completed(self, pace_factor: float) -> int:
        """Orders that the simulation completes within the window."""
        return sum(_stretched(end, pace_factor) <= self.window_s for end in self.ends.values())

    def pace_factor(self) -> float | None:
        """The factor with which as many orders are completed as were."""
        if len(self.taken) < LEAST_ORDERS or not self.window_s:
            return None
        last = sorted(self.ends.values())[len(self.taken) - 1]
        return ratio(self.window_s, last)

    def delays(self, pace_factor: float) -> list[float]:
        """Actual - simulated completion of the orders completed in the window, in days of 24 h."""
        ends = {key: self.time.end_of(_stretched(self.ends[key], pace_factor)) for key in self.taken}
        return [(taken.total_seconds() - ends[key]) / 86_400 for key, taken in self.taken.items()]


def calibrate(connection: sa.Connection, run: Run, paces: Mapping[int, Pace], calendar: Calendar) -> Calibration | None:
    """The calibration of the last 30 days. None where the run holds no time."""
    if run.as_of is None:
        return None
    before, lately = (
        _Replay(work, paces, calendar)
        for work in past_work(connection, run, paces, run.as_of - 2 * WINDOW, run.as_of - WINDOW)
    )
    factor, earlier = lately.pace_factor(), before.pace_factor()
    completed, uncalibrated = len(lately.taken), lately.completed(1)
    checked = None if earlier is None else lately.completed(earlier)
    delays = [] if factor is None else lately.delays(factor)
    return Calibration(
        open_orders=len(lately.ends),
        completed_orders=completed,
        completed_orders_per_day=completed / THROUGHPUT_DAYS,
        uncalibrated_orders=uncalibrated,
        uncalibrated_orders_per_day=uncalibrated / THROUGHPUT_DAYS,
        pace_factor=factor,
        checked_orders=checked,
        checked_error_ratio=None if checked is None else ratio(checked - completed, completed),
        error_p50_days=_percentile([abs(delay) for delay in delays], 50),
        delay_p90_days=_percentile(delays, 90),
    )


def _stretched(working_s: int, pace_factor: float) -> int:
    return math.floor(working_s * pace_factor + 0.5)


def _percentile(values: list[float], rank: int) -> float | None:
    return float(np.percentile(values, rank)) if values else None
