"""A short run of the fuzzing over fixed seeds; the long one is `make fuzz`."""

from __future__ import annotations

import resource
from collections import Counter
from pathlib import Path

from tests.corpus.base import write_parts
from tests.corpus.fuzzing import MOST_GROWTH_MB, changed_parts, fault_of, grown_mb

SEEDS = range(150)


def test_changed_workbooks_are_read_as_they_are_or_refused(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ends: Counter[str] = Counter()
    wrong: dict[int, str] = {}
    for seed in SEEDS:
        write_parts(tmp_path / "book.xlsx", changed_parts(seed))
        end, fault = fault_of(tmp_path / "book.xlsx")
        ends[end] += 1
        if fault:
            wrong[seed] = fault
    assert wrong == {}
    assert ends["read"] >= 5, ends
    assert grown_mb(before) < MOST_GROWTH_MB
