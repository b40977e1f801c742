"""A probe examines one thing and returns a root cause for each fault that it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.database.errors import ServerUnreachable
from app.database.trouble import explained_database, sentence_of
from app.typed import typed

Look = Callable[[], Iterator[str]]
AS_IT_SAYS = f"Do what that sentence says, then look again: {typed('doctor')}."


@dataclass(frozen=True, slots=True)
class Cause:
    """One root cause in one sentence. has_remedy: the sentence says itself what to do."""

    sentence: str
    has_remedy: bool = False


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
    """Run the probes; returns the faults that they find, with the fields of a finding of the gate.

    A database that cannot be asked breaks several probes: each sentence about it stands once, and its remedy is in it.
    """
    found: list[tuple[Probe, Cause]] = []
    for probe in probes:
        found += [
            (probe, cause) for cause in causes(probe) if cause not in [told for _, told in found if told.has_remedy]
        ]
    return [
        {
            "id": f"FINDING-{number:02d}",
            "check": probe.check,
            "category": probe.category,
            "root_cause": cause.sentence,
            "reproduction": probe.reproduction,
            "fix_plan": [AS_IT_SAYS] if cause.has_remedy else list(probe.fix),
            "acceptance": probe.acceptance,
            "evidence": [],
            "same_cause_as": None,
            "blocks": [],
        }
        for number, (probe, cause) in enumerate(found, start=1)
    ]


def causes(probe: Probe) -> Iterator[Cause]:
    """The root causes that a probe returns; a probe that raises has found a fault as well."""
    try:
        yield from map(Cause, probe.look())
    except Exception as error:  # whatever breaks a probe keeps the backend from working too, and the others go on
        is_told = isinstance(error, ServerUnreachable) or explained_database(error) is not None
        yield Cause(sentence_of(error), has_remedy=is_told)
