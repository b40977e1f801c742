"""Publications, one after the other, beside clients that never pause."""

from __future__ import annotations

import msgspec

from tests.chaos.calm import published
from tests.chaos.invariants import Findings, judge_leftovers, judge_named_runs, judge_rows
from tests.chaos.reader import Reader
from tests.chaos.scene import Scene

READERS, ROLLBACK_SHARE = 3, 0.2
EARLIER = "SELECT max(run_id) FROM core.snapshot_facts WHERE run_id < (SELECT run_id FROM core.current_snapshot)"
"""The kept run before the live one."""


class Published(msgspec.Struct, frozen=True):
    """Publications beside readers: every answer is of one run. runs: that the answers named."""

    publications: int
    rollbacks: int
    answers: int
    unavailable: int
    runs: int
    found: Findings


def publications(scene: Scene, number: int) -> Published:
    """Publish so often, a fifth of them rollbacks, while readers ask."""
    ground, rollbacks, runs = scene.ground, 0, set[tuple[int, str]]()
    scene.found = Findings()
    readers = [Reader(ground.base_url, scene.calm.truth, pause_s=0) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    try:
        for _ in range(number):
            earlier = ground.main.rows(EARLIER)[0][0] if scene.rng.random() < ROLLBACK_SHARE else None
            if earlier is None:
                published(scene.ingestion(url=ground.url).told())
            else:
                rollbacks += 1
                told = ground.start("publish", str(earlier), "--json", url=ground.url).told()
                assert told.code == 0, told
    finally:
        for reader in readers:
            reader.stop()
    heard = [reader.heard() for reader in readers]
    for one in heard:
        scene.found.mixtures += one.mixtures
        scene.found.false_messages += one.false
        runs |= one.runs
    judge_named_runs(ground.main, runs, scene.found)
    judge_rows(ground.main, scene.books, scene.calm.images, scene.found)
    judge_leftovers(ground, scene.found)
    answers, unavailable = sum(one.answers for one in heard), sum(one.unavailable for one in heard)
    return Published(number, rollbacks, answers, unavailable, len(runs), scene.found)
