"""Strike a running system and look at what is left of it: `python3 -m tests.chaos [--rounds N] [--seed TEXT]`."""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from benchmarks.ingestion_speed.machine import described
from tests.chaos.accumulation import code_of, continued, joined
from tests.chaos.campaign import Round, rounds_of, scene_of
from tests.chaos.figures import (
    COLUMNS,
    MORE_COLUMNS,
    Figures,
    cells,
    keep,
    kept,
    line,
    rows_of,
    told_plants,
    told_publications,
)
from tests.chaos.kinds import KINDS
from tests.chaos.plants import side_by_side
from tests.chaos.publications import publications

ROUNDS, PUBLICATIONS, MINUTES = 100, 50, 60.0
PLANTS, WORKERS, WAVES, MINUTES_OF_PLANTS = 20, 4, 6, 8.0
"""The last wave of the plants side by side begins within MINUTES_OF_PLANTS."""


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 nothing was found, 1 something was."""
    given = parsed(arguments)
    writes = given.write or given.rounds >= ROUNDS
    code, machine = code_of(), described()
    told = f"{machine['cpu']}, {machine['cores']} cores, {machine['kernel']}"
    before = continued(kept(), code, told, given.seed) if writes else None
    seed = before.seed if before is not None else given.seed or secrets.token_hex(4)
    empty = Figures(
        seed, f"{datetime.now(UTC):%Y-%m-%d %H:%M UTC}", told, 0.0, (), None, None, code.commit, code.digest
    )
    now = measured(empty, given, before, lambda figures: keep(joined(before, figures), MINUTES) if writes else None)
    figures = joined(before, now)
    for row in (line((*COLUMNS, *MORE_COLUMNS)), *(line(cells(one)) for one in figures.kinds)):
        say(row)
    if figures.publications is not None:
        say(told_publications(figures.publications))
    if figures.plants is not None:
        say(told_plants(figures.plants))
    return 1 if figures.words else 0


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python3 -m tests.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of each kind of fault (default {ROUNDS})")
    parser.add_argument("--kind", action="append", choices=[*KINDS], help="of this kind alone; may be repeated")
    parser.add_argument(
        "--publications", type=int, default=PUBLICATIONS, help=f"beside readers (default {PUBLICATIONS})"
    )
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"no round begins later (default {MINUTES:g})")
    parser.add_argument("--seed", help="decides each moment; printed (default: that of the kept figures, or a new one)")
    parser.add_argument("--write", action="store_true", help=f"keep the figures of fewer than {ROUNDS} rounds, too")
    parser.add_argument("--plants", type=int, default=PLANTS, help=f"side by side (default {PLANTS})")
    return parser.parse_args(arguments)


def measured(
    empty: Figures, given: argparse.Namespace, before: Figures | None, keep_so_far: Callable[[Figures], None]
) -> Figures:
    """Carry out what is lacking of a campaign; its figures, which are also kept after each of its parts.

    before: figures of earlier calls, whose rounds and parts are not repeated.
    """
    done = {row.kind: row.rounds for row in before.kinds} if before is not None else {}
    kinds = given.kind or [*KINDS]
    rounds = any(done.get(kind, 0) < given.rounds for kind in kinds)
    number = 0 if before is not None and before.publications is not None else given.publications
    plants = 0 if before is not None and before.plants is not None else given.plants
    say(f"seed {empty.seed}: {given.rounds} rounds of each kind, {number} publications beside readers")
    began, made = time.monotonic(), list[Round]()
    beside = group = None

    def so_far() -> Figures:
        took_s = round(time.monotonic() - began, 1)
        return replace(empty, took_s=took_s, kinds=rows_of(made), publications=beside, plants=group)

    if rounds or number:
        with scene_of(empty.seed) as scene:
            say(f"calm after {time.monotonic() - began:.0f} s")
            beside = publications(scene, number) if number else None
            keep_so_far(so_far())
            until = began + given.minutes * 60
            for one in rounds_of(scene, empty.seed, given.rounds, until, say, kinds=kinds, done=done):
                made.append(one)
                keep_so_far(so_far())
    if plants:
        bound = time.monotonic() + MINUTES_OF_PLANTS * 60
        group = side_by_side(empty.seed, plants, min(WORKERS, plants), WAVES, bound, say)
        keep_so_far(so_far())
    return so_far()


if __name__ == "__main__":
    sys.exit(main())
