"""Open orders by standing: numbers that add up, and what each way to include brings back."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.features.open_orders import Standing, TerminalClass
from app.planning.snapshot.standing import Include, orders_in, scope_of, standing_of, standings_in

KINDS = [Standing.PRODUCTION.value, Standing.STALE.value, *(kind.value for kind in TerminalClass)]


@given(st.dictionaries(st.sampled_from(KINDS), st.integers(0, 10_000)))
def test_standings_add_up(counts: dict[str, int]) -> None:
    standing = standing_of(counts)
    assert standing.open_orders == sum(counts.values())
    assert standing.open_orders == orders_in(standing, "terminal,stale") == orders_in(standing, "stale,terminal")
    assert orders_in(standing, None) == standing.production_orders == counts.get("PRODUCTION", 0)
    assert sum(one.orders for one in standing.open_but_terminal_by_class) == standing.open_but_terminal_orders
    assert [one.orders for one in standing.open_but_terminal_by_class] == sorted(
        (count for kind, count in counts.items() if kind in set(TerminalClass) and count), reverse=True
    )
    if standing.open_orders:
        assert standing.stale_ratio == counts.get("STALE", 0) / standing.open_orders
    else:
        assert standing.stale_ratio is standing.open_but_terminal_ratio is None


@pytest.mark.parametrize(
    ("include", "scope", "standings"),
    [
        (None, "PRODUCTION", ["PRODUCTION"]),
        ("terminal", "WITH_TERMINAL", ["PRODUCTION", "TERMINAL"]),
        ("stale", "WITH_STALE", ["PRODUCTION", "STALE"]),
        ("terminal,stale", "ALL", ["PRODUCTION", "TERMINAL", "STALE"]),
        ("stale,terminal", "ALL", ["PRODUCTION", "TERMINAL", "STALE"]),
    ],
)
def test_what_each_way_to_include_counts(include: Include | None, scope: str, standings: list[str]) -> None:
    assert include is None or include in get_args(Include)
    assert (scope_of(include), standings_in(include)) == (scope, standings)
