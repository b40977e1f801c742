"""The snapshots that a retention keeps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.database.schema import SNAPSHOT_TABLES
from app.ingestion.runs.retention import TABLES, runs_to_keep

some_runs = st.lists(st.integers(1, 99), unique=True).map(sorted)


@given(runs=some_runs, keep=st.integers(1, 6), data=st.data())
def test_the_newest_the_live_and_its_predecessor_are_kept(runs: list[int], keep: int, data: st.DataObject) -> None:
    live = data.draw(st.sampled_from(runs)) if runs else None
    kept = runs_to_keep(runs, live, keep)
    expected = set(runs[-keep:])
    if live is not None:
        place = runs.index(live)
        expected |= set(runs[max(place - 1, 0) : place + 1])
    assert kept == expected


def test_the_referencing_table_is_dropped_before_the_referenced_one() -> None:
    assert sorted(TABLES) == sorted(SNAPSHOT_TABLES)
    assert TABLES.index("order_phases") < TABLES.index("work_orders")
