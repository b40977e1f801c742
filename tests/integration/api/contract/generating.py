"""Strategies for schemathesis: the form of a factory-local moment, and a kept run. Loaded by its child process."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import strategies as st

schemathesis.openapi.format("date-time-local", st.datetimes().map(lambda moment: moment.isoformat()))


@schemathesis.hook
def map_query(context: Any, query: Any) -> Any:
    """Replace each valid number of a run by 1, a kept one: with others nearly every answer would be 404."""
    if not isinstance(query, dict):
        return query
    runs = {name: 1 for name in ("run_id", "from_run", "to_run") if is_number_of_a_run(query.get(name))}
    return query | runs


def is_number_of_a_run(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and 1 <= given < 2**63
