"""Criterion E, overload: more requests at once than the API has connections and threads for."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import Any

import pytest

from app.ingestion.run_result import IngestionResult
from app.performance.load.processor_split import MachineLoad
from tests.acceptance.support.backend import Api
from tests.acceptance.support.gate_key import gate_key
from tests.acceptance.support.watching.machine_watch import Begun, is_unjudgeable
from tests.acceptance.support.watching.overload import PATHS, Level, has_members, members, offer

pytestmark = [pytest.mark.prod_ready, pytest.mark.usefixtures("nothing_begun")]

CONNECTIONS = (10, 60, 200, 500)
"""10 is below every limit of two workers; from 60 on an API that took threads and connections separately came to a
stop."""
SECONDS = 1.5
LEAST_SHARE_OF_BEST = 0.5
"""A collapse leaves less than a twentieth. A short measurement on a shared machine scatters by far less than a half."""
RECOVERED_WITHIN_S = 1.0


@pytest.mark.check("E11")
def test_overload_costs_waiting_and_no_wrong_answer(api: Api, ingestion: IngestionResult, evidence: Any) -> None:
    expected = {path: members(api.json(path)) for path in PATHS}
    assert {run for run, *_ in expected.values()} == {ingestion.run_id}

    levels, recoveries_s, under_load = [], [], Begun.now()
    for connections in CONNECTIONS:
        levels.append(
            offer(
                api.base_url,
                PATHS,
                partial(has_members, expected),
                key=gate_key(),
                connections=connections,
                seconds=SECONDS,
            )
        )
        begun = time.monotonic()
        for path in PATHS:
            api.json(path)
        recoveries_s.append(time.monotonic() - begun)

    used = under_load.load()
    evidence.record("machine_under_load", asdict(used), source="/proc/stat, during the load")
    judge(levels, max(recoveries_s), used, evidence)


def judge(levels: Sequence[Level], recovery_s: float, used: MachineLoad, evidence: Any) -> None:
    """A wrong answer is wrong on every machine; times say something only where the service had the processors."""
    evidence.table(
        "closed loop: each connection asks again as soon as it is answered",
        ["connections", "right answers/s", "OVERLOADED", "other", "p99 (ms)"],
        [shown(level) for level in levels],
    )
    wrong = {f"{level.connections} connections": dict(level.wrong) for level in levels if level.wrong}
    evidence.expect(wrong, "answers other than right ones and OVERLOADED", source=", ".join(PATHS)).equals({})
    best = max(level.right_per_s for level in levels)
    worst = min(levels, key=lambda level: level.right_per_s)
    share, recovery_s = round(worst.right_per_s / best, 3) if best else 0.0, round(recovery_s, 3)
    in_order = share >= LEAST_SHARE_OF_BEST and recovery_s <= RECOVERED_WITHIN_S
    if is_unjudgeable(evidence, used.doubt(), in_order=in_order):
        return
    told = f"right answers a second at {worst.connections} connections, as a share of the best"
    evidence.expect(share, told, source="closed loop").at_least(LEAST_SHARE_OF_BEST)
    told = f"{len(PATHS)} requests one by one right after"
    evidence.expect(recovery_s, told, unit="s", source="wall clock").at_most(RECOVERED_WITHIN_S)


def shown(level: Level) -> list[Any]:
    """A row of the evidence."""
    p99_ms = None if level.p99_ms is None else round(level.p99_ms)
    return [level.connections, round(level.right_per_s, 1), level.overloaded, dict(level.wrong), p99_ms]
