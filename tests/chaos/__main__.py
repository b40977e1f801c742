"""Strike a running system and look at what is left of it: `python3 -m tests.chaos [--rounds N] [--seed TEXT]`."""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.ingestion_speed.machine import described
from tests.chaos.campaign import Round, rounds_of, scene_of
from tests.chaos.figures import (
    COLUMNS,
    MORE_COLUMNS,
    Figures,
    cells,
    keep,
    line,
    rows_of,
    told_plants,
    told_publications,
)
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
    parser = argparse.ArgumentParser(prog="python3 -m tests.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"of each kind of fault (default {ROUNDS})")
    parser.add_argument(
        "--publications", type=int, default=PUBLICATIONS, help=f"beside readers (default {PUBLICATIONS})"
    )
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"no round begins later (default {MINUTES:g})")
    parser.add_argument("--seed", default=secrets.token_hex(4), help="decides each moment; printed")
    parser.add_argument("--write", action="store_true", help=f"keep the figures of fewer than {ROUNDS} rounds, too")
    parser.add_argument("--plants", type=int, default=PLANTS, help=f"side by side (default {PLANTS})")
    given = parser.parse_args(arguments)
    figures = measured(given.seed, given.rounds, given.publications, given.minutes, given.plants)
    for row in (line((*COLUMNS, *MORE_COLUMNS)), *(line(cells(one)) for one in figures.kinds)):
        say(row)
    if figures.publications is not None:
        say(told_publications(figures.publications))
    if figures.plants is not None:
        say(told_plants(figures.plants))
    if given.write or given.rounds >= ROUNDS:
        keep(figures, MINUTES)
    return 1 if figures.words else 0


def measured(seed: str, rounds: int, number: int, minutes: float, plants: int) -> Figures:
    """Carry the campaign out."""
    say(f"seed {seed}: {rounds} rounds of each kind, {number} publications beside readers")
    began, now = time.monotonic(), datetime.now(UTC)
    made, beside = list[Round](), None
    if rounds or number:
        with scene_of(seed) as scene:
            say(f"calm after {time.monotonic() - began:.0f} s")
            beside = publications(scene, number) if number else None
            made.extend(rounds_of(scene, seed, rounds, began + minutes * 60, say))
    bound = time.monotonic() + MINUTES_OF_PLANTS * 60
    group = side_by_side(seed, plants, min(WORKERS, plants), WAVES, bound, say) if plants else None
    machine = described()
    told = f"{machine['cpu']}, {machine['cores']} cores, {machine['kernel']}"
    took_s = round(time.monotonic() - began, 1)
    return Figures(seed, f"{now:%Y-%m-%d %H:%M UTC}", told, took_s, rows_of(made), beside, group)


if __name__ == "__main__":
    sys.exit(main())
