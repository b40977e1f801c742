"""A probe examines one thing and returns a root cause for each fault that it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Look = Callable[[], Iterator[str]]


@dataclass(frozen=True, slots=True)
class Probe:
    """One examination: the category of its fault, reproduction, fix and acceptance."""

    check: str
    category: str
    look: Look
    reproduction: str
    fix: Sequence[str]
    acceptance: str


def findings(probes: Sequence[Probe]) -> list[dict[str, Any]]:
    """Run the probes; returns the faults that they find, with the fields of a finding of the gate."""
    found = [(probe, cause) for probe in probes for cause in causes(probe)]
    return [
        {
            "id": f"FINDING-{number:02d}",
            "check": probe.check,
            "category": probe.category,
            "root_cause": cause,
            "reproduction": probe.reproduction,
            "fix_plan": list(probe.fix),
            "acceptance": probe.acceptance,
            "evidence": [],
            "same_cause_as": None,
            "blocks": [],
        }
        for number, (probe, cause) in enumerate(found, start=1)
    ]


def causes(probe: Probe) -> Iterator[str]:
    """The root causes that a probe returns; a probe that raises has found a fault as well."""
    try:
        yield from probe.look()
    except Exception as error:  # whatever breaks a probe keeps the backend from working too, and the others go on
        said = " ".join(str(error).split())
        is_ours = type(error).__module__.startswith("app.")
        yield said if is_ours and said else f"{type(error).__name__}: {said}".rstrip(": ")
