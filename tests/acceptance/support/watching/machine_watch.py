"""The machine's load while a check ran, kept as evidence, and whether a time taken meanwhile may be judged."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import Any

import pytest

from app.performance.load.processor_split import MachineLoad, Times, load_between, read_times
from app.performance.slo.slo_judgement import Doubt


@dataclass(frozen=True)
class Begun:
    """The machine as a check began, its fixtures included."""

    times: Times | None
    load_1min: float | None

    @classmethod
    def now(cls) -> Begun:
        return cls(read_times(), round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None)

    def load(self) -> MachineLoad:
        """The load since then."""
        return load_between(self.times, read_times())

    def described(self) -> dict[str, Any]:
        return {"load_1min_before": self.load_1min, **asdict(self.load())}


BEGUN = pytest.StashKey[Begun]()
"""Start of each check, set before its fixtures."""


def is_unjudgeable(evidence: Any, doubt: Doubt | None, *, in_order: bool) -> bool:
    """Return True if a timing check must not be judged on this machine; records why as NOT_MEASURED.

    in_order: the times found are as they should be, so that only an overloaded machine makes them void.
    """
    if doubt is None or (in_order and doubt.met_stands):
        return False
    evidence.not_measured(doubt.reason)
    return True
