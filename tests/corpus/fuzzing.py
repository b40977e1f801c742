"""Random changes of the base workbook, and workbooks from a grammar, given to the product and the independent reader.

The product must read the same values or refuse the file in one sentence, with the same outcome whole, in pieces, with
nothing taken in bulk and row by row, within bounds of time and memory.

By hand, for as long as wanted: `make fuzz`, or `python -m tests.corpus.fuzzing --seconds 600 [--seed N]`.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from xml.parsers.expat import ExpatError
from zipfile import BadZipFile

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings

from tests.corpus.base import PART_OF, RELATIONS, STRINGS, STYLES, WORKBOOK, base_parts, write_parts
from tests.corpus.changing import changed_text
from tests.corpus.expat_cell import Unclear
from tests.corpus.fuzzing_pieces import piece_fault
from tests.corpus.grammar import Made, made
from tests.corpus.independent import differences, values_of
from tests.corpus.reading import FEW_ROWS_BYTES, Refused, in_pieces, ingested, not_in_bulk, row_by_row

SHEETS = ("Fases", "Modelos", "OrdensFabrico")
PARTS = (*[PART_OF[sheet] for sheet in SHEETS] * 3, STRINGS, STRINGS, STYLES, WORKBOOK, RELATIONS)
MOST_CPU_S, MOST_GROWTH_MB = 5.0, 400
BATCH, PIECES = 100, 5_000
UNREADABLE = (Unclear, ExpatError, BadZipFile, ValueError, LookupError, OverflowError)
"""Exceptions of the independent reader where it finds no clear value."""


def changed_parts(seed: int) -> dict[str, str | bytes]:
    """The base workbook with one to three changes of one of its parts."""
    dice = random.Random(seed)
    parts: dict[str, str | bytes] = dict(base_parts())
    name = dice.choice(PARTS)
    text = base_parts()[name]
    for _ in range(dice.randint(1, 3)):
        text = changed_text(text, dice)
    parts[name] = text
    return parts


def write_changed(path: Path, seed: int) -> None:
    """The base workbook with a change of one of its parts, or of a few bytes of the file."""
    write_parts(path, changed_parts(seed))
    dice = random.Random(-1 - seed)
    if dice.randrange(8) == 0:
        content = bytearray(path.read_bytes())
        for _ in range(dice.randint(1, 4)):
            content[dice.randrange(len(content))] = dice.randrange(256)
        path.write_bytes(content)


def fault_of(path: Path, sheets: Sequence[str] = SHEETS) -> tuple[str, str]:
    """The ending of the file ("read" or the refusal's code), and its fault, if there is one."""
    began = time.process_time()
    found = ingested(path, sheets)
    others = []
    for way in (in_pieces(FEW_ROWS_BYTES), in_pieces(1500), not_in_bulk(), row_by_row()):
        with way:
            others.append(ingested(path, sheets))
    took = time.process_time() - began
    if took > MOST_CPU_S:
        return "slow", f"{took:.1f} seconds of CPU"
    if isinstance(found, Refused):
        same = [one.code if isinstance(one, Refused) else "read" for one in others]
        wrong = "" if same == [found.code] * len(same) and len(found.says) < 420 else f"{found} whole, else {same}"
        return found.code, wrong
    if any(repr(one) != repr(found) for one in others):
        return "read", "not the same in pieces, without bulk or row by row"
    try:
        held = values_of(path, sheets)
    except UNREADABLE as error:
        return "read", f"the product reads what is not clear: {error!r}"
    return "read", "; ".join(differences(found, held))


def grammar_fault(path: Path, seed: int, examples: int, ends: Counter[str]) -> str:
    """The fault of one of `examples` workbooks of the grammar; "" if there is none.

    It is not minimised, which would take minutes. ends: counts how each of them ends.
    """

    @hypothesis.seed(seed)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(made())
    def check(book: Made) -> None:
        write_parts(path, book.parts)
        end, fault = fault_of(path, [book.sheet])
        ends[end] += 1
        assert not fault, f"{fault[:600]}\n{book}"

    try:
        check()
    except AssertionError as error:
        return str(error)
    return ""


def grown_mb(before: int) -> float:
    """Megabytes by which this process's peak has grown."""
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def main() -> None:
    """Fuzz until the time is over, random changes and the grammar in turns; exit 1 with the seeds of what is wrong."""
    parser = argparse.ArgumentParser(description="Make and change workbooks at random and read them.")
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=None, help="the first seed; each file and each batch has the next")
    given_options = parser.parse_args()
    seed = random.SystemRandom().randrange(10**9) if given_options.seed is None else given_options.seed
    print(f"first seed {seed}", flush=True)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    changed, drawn, pieces = Counter[str](), Counter[str](), Counter[str]()
    wrong = 0
    until = time.monotonic() + given_options.seconds
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "book.xlsx")
        while time.monotonic() < until:
            faults = {}
            for one in range(seed, seed + BATCH):
                write_changed(path, one)
                end, faults[f"seed {one}"] = fault_of(path)
                changed[end] += 1
            faults[f"grammar, seed {seed}"] = grammar_fault(path, seed, BATCH, drawn)
            faults |= {f"piece, seed {one}": piece_fault(one, pieces) for one in range(seed, seed + PIECES)}
            for name, fault in faults.items():
                if fault:
                    wrong += 1
                    print(f"{name}: {fault[:4000]}", flush=True)
            seed += BATCH
    grown = grown_mb(before)
    print(f"changed {changed.total()}: {dict(changed)}; made {drawn.total()}: {dict(drawn)}; pieces: {dict(pieces)}")
    print(f"{wrong} wrong; memory grew by {grown:.0f} MB")
    raise SystemExit(1 if wrong or grown > MOST_GROWTH_MB else 0)


if __name__ == "__main__":
    main()
