"""Scenarios of the open work."""

from __future__ import annotations

from app.api.schemas.answered import Answered
from app.planning.simulation.kept_scenarios import Comparison, Rerun
from app.planning.simulation.promise import Promise
from app.planning.simulation.simulated_schedule import SimulatedSchedule
from app.planning.simulation.whatif import Simulation


class SimulationAnswer(Answered, Simulation):
    """A scenario against the baseline."""


class SimulatedScheduleAnswer(Answered, SimulatedSchedule):
    """A scenario's executions and utilisation."""


class RerunAnswer(Answered, Rerun):
    """A kept scenario simulated again."""


class ComparisonAnswer(Answered, Comparison):
    """Kept scenarios side by side."""


class PromiseAnswer(Answered, Promise):
    """A promise date."""
