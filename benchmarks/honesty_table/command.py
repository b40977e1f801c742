"""The command line of the comparison: which stimuli, which interpreter, and where the answer goes."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.honesty_table.asking import Row, asked
from benchmarks.honesty_table.page import page
from benchmarks.honesty_table.reporters import NotAvailable, checked, thrown_away
from benchmarks.honesty_table.tally import as_record, tallies, told_by, wrong_of_the_gate
from tests.plugin.stimuli import STIMULI, Stimulus

AT_ONCE = 2


def options_of(arguments: Sequence[str], description: str) -> argparse.Namespace:
    """The command line, understood; ends the program with 2 and one sentence when it cannot be."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="some stimuli, by name, with commas between them")
    parser.add_argument("--python", type=Path, help="an interpreter that has pytest and the reporters already")
    parser.add_argument(
        "--asserted",
        action="store_true",
        help="take the gate's own columns from what tests/plugin/test_stimuli.py asserts, and ask the others only",
    )
    parser.add_argument("--json", action="store_true", help="print one object")
    parser.add_argument("--write", type=Path, help="write the page; docs/honesty.md is the project's")
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.only.split(",")) - STIMULI.keys()) if given.only else []
    if unknown:
        parser.error(f"there is no stimulus {', '.join(unknown)} in tests/plugin/examples/stimuli")
    if given.write and given.only:
        parser.error("a page of some stimuli would hide the others: leave --only out")
    if given.write and not given.write.parent.is_dir():
        parser.error(f"there is no folder {given.write.parent}")
    return given


def main(arguments: Sequence[str], description: str) -> int:
    """Try every witness with every stimulus and print the results; returns the exit code."""
    given = options_of(arguments, description)
    chosen = [STIMULI[name] for name in given.only.split(",")] if given.only else list(STIMULI.values())
    try:
        with tempfile.TemporaryDirectory(prefix="honesty-") as folder:
            python = given.python or thrown_away(Path(folder) / "reporters")
            versions = checked(python)
            rows = _rows(chosen, python, asserted=given.asserted)
    except NotAvailable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if given.write:
        given.write.write_text(page(rows, versions, asserted=given.asserted), encoding="utf-8")
    sys.stdout.write(json.dumps(as_record(rows, versions), indent=2) + "\n" if given.json else _shown(rows))
    return 1 if wrong_of_the_gate(rows) else 0


def _rows(stimuli: Sequence[Stimulus], python: Path, *, asserted: bool) -> list[Row]:
    rows: list[Row] = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for row in pool.map(lambda stimulus: asked(stimulus, python, asserted=asserted), stimuli):
            rows.append(row)
            sys.stderr.write(f"{len(rows)}/{len(stimuli)} {row.name}: {told_by(row)}\n")
    return rows


def _shown(rows: Sequence[Row]) -> str:
    lines = [f"{'witness':24} told the truth  blocked what must be  released what may be"]
    for one in tallies(rows):
        right, blocked, released = (
            f"{count} of {of}"
            for count, of in (
                (one.right, one.asked),
                (one.blocked, one.to_block),
                (one.released, one.to_release),
            )
        )
        lines.append(f"{one.witness:24} {right:14}  {blocked:20}  {released}")
    wrong = wrong_of_the_gate(rows)
    lines.append(f"The supervised gate told the truth about {len(rows) - len(wrong)} of {len(rows)} stimuli.")
    return "\n".join([*lines, *(f"WRONG: {name}" for name in wrong)]) + "\n"
