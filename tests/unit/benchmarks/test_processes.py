"""Reading /proc; a figure that it lacks is never 0."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.ingestion_speed import processes
from benchmarks.ingestion_speed.figures import NotMeasured
from benchmarks.ingestion_speed.processes import cpu_s, family, memory_of, parents, pss_bytes, stat_fields

ROLLUP = """\
55d2c0a00000-7ffd3a5d5000 ---p 00000000 00:00 0                          [rollup]
Rss:               31064 kB
Pss:               12345 kB
Pss_Dirty:          9999 kB
Pss_Anon:           8888 kB
SwapPss:              77 kB
"""
STAT = "4242 (a (very) odd ) name) S 41 42 42 0 -1 4194560 9 8 7 6 100 20 3 4 20 0 1 0 55 1 1 1"


def test_the_proportional_set_size_is_taken_and_no_line_like_it() -> None:
    assert pss_bytes(ROLLUP) == 12345 * 1024
    assert pss_bytes("") == 0


def test_a_command_with_blanks_and_brackets_shifts_no_field() -> None:
    fields = stat_fields(STAT)
    assert fields[processes.PARENT] == "41"
    assert fields[processes.OWN_AND_WAITED_TICKS] == ["100", "20", "3", "4"]


@given(st.dictionaries(st.integers(2, 40), st.integers(1, 40), max_size=30), st.sets(st.integers(2, 40), max_size=3))
def test_a_family_is_the_roots_and_whoever_descends_from_them(known: dict[int, int], roots: set[int]) -> None:
    found = family(roots, known)
    assert roots & set(known) <= found <= set(known)
    for process in set(known) - roots:
        assert (process in found) == (known[process] in found)


def test_this_process_has_a_parent_memory_and_processor_time() -> None:
    if not processes.has_proc():
        pytest.skip("no /proc here")
    assert parents()[os.getpid()] == os.getppid()
    before = memory_of([os.getpid()])
    # Memory of the kernel itself: the heap may have room that this process holds already.
    with mmap.mmap(-1, 30_000_000) as held:
        held.write(os.urandom(len(held)))
        assert memory_of([os.getpid()]) - before > 0.5 * len(held), "the kernel may have taken back some of it"
    assert (cpu_s(os.getpid()) or 0) > 0


def test_a_process_that_ended_holds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "PROC", tmp_path)
    assert memory_of([1]) == 0


def test_without_proc_the_answer_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "PROC", tmp_path)
    assert not processes.has_proc()
    assert cpu_s(os.getpid()) is None


def test_memory_that_may_not_be_looked_at_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied", "/proc/1/smaps_rollup")

    monkeypatch.setattr(Path, "read_text", refused)
    with pytest.raises(NotMeasured, match="/proc/1/smaps_rollup"):
        memory_of([1])
