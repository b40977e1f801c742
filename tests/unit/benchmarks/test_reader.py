"""Reads that count as made during a publication."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.ingestion_speed.reader import figures

MOMENT = st.floats(min_value=0, max_value=100)


def test_a_read_counts_when_any_of_it_fell_into_the_window() -> None:
    reads = [(0.0, 1.0), (9.5, 1.0), (10.5, 0.1), (11.9, 3.0), (20.0, 2.0)]
    assert figures(reads, (10.0, 12.0)) == {
        "longest_inside_s": 3.0,
        "longest_outside_s": 2.0,
        "reads_inside": 3,
        "reads": 5,
    }


def test_a_read_that_outlasts_the_window_on_both_sides_was_blocked_in_it() -> None:
    assert figures([(5.0, 20.0)], (10.0, 12.0))["longest_inside_s"] == 20


@given(st.lists(st.tuples(MOMENT, MOMENT)), MOMENT, MOMENT)
def test_every_read_is_inside_or_outside(reads: list[tuple[float, float]], begin: float, length: float) -> None:
    found = figures(reads, (begin, begin + length))
    longest = [one for one in (found["longest_inside_s"], found["longest_outside_s"]) if one is not None]
    assert max(longest, default=None) == max((took for _, took in reads), default=None)
    assert 0 <= found["reads_inside"] <= found["reads"] == len(reads)
    assert (found["longest_inside_s"] is None) == (found["reads_inside"] == 0)
