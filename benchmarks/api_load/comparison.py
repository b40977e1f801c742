"""The same loads on this checkout and on another one, in turn, so that a drift of the machine reaches both."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from app.performance.slo.slo_declaration import Slo
from benchmarks.api_load import load
from benchmarks.api_load.plan import Plan
from benchmarks.api_load.record import BEFORE, NOW, Record
from benchmarks.api_load.service import Service


def compare(
    record: Record, before: Service, now: Service, slos: Sequence[Slo], plan: Plan, say: Callable[[str], None]
) -> None:
    """Ask each SLO endpoint of both, alone at the plan's rate in rounds, and search for the capacity of both.

    A first round warms the caches and is left out.
    """
    record.targets_ms = {slo.name: slo.target_ms for slo in slos}
    for slo in slos:
        say(f"{slo.name}, before and now in turn")
        with record.attempt(f"comparison {slo.name}"):
            rounds: dict[str, list[dict[str, Any]]] = {BEFORE: [], NOW: []}
            for number in range(plan.rounds + 1):
                sides = [(BEFORE, before), (NOW, now)]
                for side, service in sides if number % 2 else reversed(sides):
                    found = load.steady(service, slo, plan)
                    rounds[side] += [found] * (number > 0)
            record.compared[slo.name] = {
                side: {
                    "p50_ms": [one["p50_ms"] for one in each],
                    "p95_ms": [one["p95_ms"] for one in each],
                    "statuses": [one["status"] for one in each],
                    "capacity": load.capacity({BEFORE: before, NOW: now}[side], slo, plan)["rate_per_s"],
                }
                for side, each in rounds.items()
            }
