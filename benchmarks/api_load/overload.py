"""More requests at once than the service has places: a closed loop at rising numbers of connections.

The load is criterion E11's, in a process of its own, so that it does not delay the probes of /api/health beside it.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import closing
from functools import partial
from itertools import cycle
from typing import Any

from app.api.descriptors import allow_many
from app.performance.load.connection import Connections, ExchangeFailed
from app.performance.load.preparation import asked
from app.performance.slo.slo_judgement import nearest_rank
from benchmarks.api_load.plan import Plan
from benchmarks.api_load.service import Service
from tests.acceptance.support.watching.overload import ANSWER_WITHIN_S, PATHS, Level, has_members, members, offer

HEALTH = "/api/health"
PROBE_EVERY_S = 0.02
PROBES = 4
"""Connections of the probes: each keeps its worker, so that one alone would see one worker only."""


def overloaded(service: Service, plan: Plan, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """The answers to each number of connections, in the order of the plan.

    Raises PreparationError when the service does not answer 200 before a level or right after it.
    """
    spawning = multiprocessing.get_context("spawn")
    with (
        closing(Connections(service.base_url, service.key)) as connections,
        ProcessPoolExecutor(1, mp_context=spawning, initializer=allow_many) as pool,
    ):
        expected = {path: members(asked(connections, path)) for path in PATHS}
        is_right = partial(has_members, expected)

        def offered(crowd: int, seconds: float) -> Future[Level]:
            address, key = service.base_url, service.key
            return pool.submit(offer, address, PATHS, is_right, key=key, connections=crowd, seconds=seconds)

        offered(plan.crowds[0], plan.warm_up_s).result()  # starts the process, and asks each path first
        found = []
        for crowd in plan.crowds:
            say(f"{crowd:,} connections at once")
            load = offered(crowd, plan.crowd_s)
            health_ms, failures = _probed(service, load)
            level, began = load.result(), time.monotonic()
            for path in PATHS:
                asked(connections, path)
            found.append(_plain(level, health_ms, failures) | {"recovery_s": time.monotonic() - began})
    return found


def _probed(service: Service, load: Future[Level]) -> tuple[list[float], int]:
    """Ask for the service's health until the load is over: the times in ms, and the probes that did not answer 200."""
    times_ms, failures = [], 0
    probes = [Connections(service.base_url) for _ in range(PROBES)]
    try:
        for probe in cycle(probes):
            began = time.monotonic()
            try:
                failures += probe.get(HEALTH, ANSWER_WITHIN_S).status != 200
            except ExchangeFailed:
                failures += 1
            taken = time.monotonic() - began
            times_ms.append(taken * 1000)
            if load.done():
                break
            time.sleep(max(0.0, PROBE_EVERY_S - taken))
    finally:
        for probe in probes:
            probe.close()
    return times_ms, failures


def _plain(level: Level, health_ms: list[float], failures: int) -> dict[str, Any]:
    return {
        "connections": level.connections,
        "elapsed_s": level.elapsed_s,
        "right": len(level.latencies_ms),
        "right_per_s": level.right_per_s,
        "overloaded": level.overloaded,
        "wrong": dict(level.wrong),
        "p99_ms": level.p99_ms,
        "health_probes": len(health_ms),
        "health_failures": failures,
        "health_p99_ms": nearest_rank(sorted(health_ms), 0.99),
    }
