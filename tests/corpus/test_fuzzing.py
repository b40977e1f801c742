"""A short run of the fuzzing over fixed seeds; the long one is `make fuzz`."""

from __future__ import annotations

import resource
from collections import Counter
from pathlib import Path

from tests.corpus.fuzzing import MOST_GROWTH_MB, fault_of, grammar_fault, grown_mb, write_changed
from tests.corpus.fuzzing_pieces import piece_fault

SEEDS = range(120)
EXAMPLES = 60
PIECES = 1_500


def test_changed_workbooks_are_read_as_they_are_or_refused(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ends: Counter[str] = Counter()
    wrong: dict[int, str] = {}
    for seed in SEEDS:
        write_changed(tmp_path / "book.xlsx", seed)
        end, fault = fault_of(tmp_path / "book.xlsx")
        ends[end] += 1
        if fault:
            wrong[seed] = fault
    assert wrong == {}
    assert ends["read"] >= 5, ends
    assert grown_mb(before) < MOST_GROWTH_MB


def test_workbooks_of_the_grammar_are_read_as_they_are_or_refused(tmp_path: Path) -> None:
    ends: Counter[str] = Counter()
    assert grammar_fault(tmp_path / "book.xlsx", 15, EXAMPLES, ends) == ""
    assert ends["read"] * 2 > ends.total() >= EXAMPLES, ends


def test_changed_pieces_are_taken_as_they_are_or_left() -> None:
    ends: Counter[str] = Counter()
    wrong = {seed: fault for seed in range(PIECES) if (fault := piece_fault(seed, ends))}
    assert wrong == {}
    assert ends["in bulk"] > PIECES / 100, ends
    assert ends["left"] > PIECES / 10, ends
