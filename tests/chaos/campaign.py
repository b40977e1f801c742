"""Rounds of faults, one kind after the other, each followed by a look at everything that must hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random

import httpx
import msgspec

from app.database.errors import DatabaseError
from tests.chaos.books import make_books
from tests.chaos.calm import settle
from tests.chaos.ground import MODULES, Hung, ground_in
from tests.chaos.invariants import Findings, judge_leftovers, judge_named_runs, judge_rows
from tests.chaos.kinds import KINDS
from tests.chaos.reader import Heard
from tests.chaos.scene import Scene
from tests.integration.forked import stem_of
from tests.integration.providers.conftest import opened_folder

ORDERS, REPEATS = 200, 3
HUNG = "nothing goes on: "
Say = Callable[[str], None]
NOTHING_DONE: Mapping[str, int] = {}


class Round(msgspec.Struct, frozen=True):
    """One fault and what followed. ratio: the recovery's time, divided by that of the same work in calm."""

    kind: str
    number: int
    outcome: str
    ratio: float
    answers: int
    unavailable: int
    found: Findings


@contextmanager
def scene_of(seed: str, repeats: int = REPEATS) -> Iterator[Scene]:
    """A campaign's ground in calm, with a worker, an API and its reader. repeats: measurements of each calm time."""
    with stem_of(*MODULES) as stem, opened_folder() as folder, ground_in(folder, stem) as ground:
        books = folder / "books"
        books.mkdir()
        scene = Scene(ground, make_books(books, orders=ORDERS), Random(seed))
        try:
            settle(scene, repeats)
            yield scene
        finally:
            scene.end()


def rounds_of(
    scene: Scene,
    seed: str,
    rounds: int,
    until: float,
    say: Say,
    *,
    kinds: Sequence[str] = tuple(KINDS),
    done: Mapping[str, int] = NOTHING_DONE,
) -> Iterator[Round]:
    """The rounds, each kind in turn, until there are enough of each or the time is over; one that hangs is the last.

    done: the rounds of each kind that an earlier call has struck.
    """
    for number in range(rounds):
        for kind in kinds:
            if number < done.get(kind, 0):
                continue
            if time.monotonic() > until:
                return
            scene.rng = Random(f"{seed}/{kind}/{number}")
            made = one_round(scene, kind, number)
            if made.found != Findings():
                say(f"{kind} {number}: {made.found}")
            yield made
            if any(line.startswith(HUNG) for line in made.found.not_started):
                return
        if number >= min((done.get(kind, 0) for kind in kinds), default=0):
            say(f"round {number + 1} of {rounds}")


def one_round(scene: Scene, kind: str, number: int) -> Round:
    """Strike once, recover, and compare the ground with what must hold."""
    ground, calm = scene.ground, scene.calm
    scene.found, scene.outcome, ratio = Findings(), "", 0.0
    scene.before = ground.main.live()
    scene.last_run = ground.main.rows("SELECT max(run_id) FROM audit.ingestion_runs")[0][0]
    try:
        took_s, normal = KINDS[kind](scene)
        ratio = took_s / calm.normal_s[normal]
        judge_rows(ground.main, scene.books, calm.images, scene.found)
        judge_leftovers(ground, scene.found)
        heard = judge_heard(scene)
    except (Hung, DatabaseError, httpx.HTTPError) as fault:
        scene.found.not_started.append(f"{HUNG}{fault}")
        heard = Heard()
    return Round(kind, number, scene.outcome, ratio, heard.answers, heard.unavailable, scene.found)


def judge_heard(scene: Scene) -> Heard:
    """Take what the reader heard during the round; each run that it was told of must be one of that workbook."""
    assert scene.reader is not None
    heard = scene.reader.heard()
    scene.found.mixtures += heard.mixtures
    scene.found.false_messages += heard.false
    judge_named_runs(scene.ground.main, heard.runs, scene.found)
    return heard
