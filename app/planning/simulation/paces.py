"""The usual pace of each phase: durations, and places in use side by side. Definitions: docs/kpis.md, "What if"."""

from __future__ import annotations

import math
from dataclasses import dataclass

import sqlalchemy as sa

from app.planning.snapshot.live_run import Run

LARGEST_RATIO = 10
"""Largest coefficient, as a multiple of its phase's median: a typing error must not block a phase."""

PACE_OF_EACH_PHASE = sa.text("""
    SELECT phase_id, ph.name AS phase_name, r.duration_median_s, r.coefficient_median, r.places_p95
      FROM (SELECT * FROM core.phases WHERE run_id = :run_id) AS ph
      FULL JOIN (SELECT * FROM core.phase_rates WHERE run_id = :run_id) AS r USING (phase_id)
     ORDER BY ph.sequence NULLS LAST, phase_id
""")


@dataclass(frozen=True, slots=True)
class Pace:
    """The usual pace of one phase: duration of an execution (None: never timed), and how many run side by side."""

    phase_name: str | None
    duration_median_s: float | None
    coefficient_median: float | None
    capacity: int

    def duration_s(self, coefficient: float, pace_factor: float = 1) -> int:
        """Whole seconds that an execution with this coefficient takes; 0 in a phase that was never timed.

        pace_factor: how many times longer work takes than its durations say.
        """
        if self.duration_median_s is None:
            return 0
        usual, ratio = self.coefficient_median or 0, 1.0
        if coefficient > 0 and usual > 0:
            ratio = min(coefficient / usual, LARGEST_RATIO)
        return math.floor(self.duration_median_s * ratio * pace_factor + 0.5)


def paces_of(connection: sa.Connection, run: Run) -> dict[int, Pace]:
    """The pace of each phase that is in Fases or has an execution, in the factory's order."""
    return {
        row.phase_id: Pace(row.phase_name, row.duration_median_s, row.coefficient_median, max(row.places_p95 or 1, 1))
        for row in connection.execute(PACE_OF_EACH_PHASE, run.bound())
    }
