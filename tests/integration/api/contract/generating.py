"""Strategies and limits for schemathesis: local moments, a kept run, fewer edges. Loaded by its child process."""

from __future__ import annotations

import os
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis.core.parameters import ParameterLocation

schemathesis.openapi.format("date-time-local", st.datetimes().map(lambda moment: moment.isoformat()))

IS_SHORT = "CONTRACT_EXAMPLES" not in os.environ
ASKED_EACH = "enum_value"
"""Kind of edge of which each is asked: an answer may differ for any value of an enumeration."""
ASKED: set[tuple[str, ...]] = set()


@schemathesis.hook
def map_query(context: Any, query: Any) -> Any:
    """Replace each valid number of a run by 1, a kept one: with others nearly every answer would be 404. Let a period
    end after it begins, which no schema can say: where gates are closed, one that does not is the only answer but 409,
    and schemathesis then takes the whole operation for one that refuses what its schema allows."""
    if not isinstance(query, dict):
        return query
    runs = {name: 1 for name in ("run_id", "from_run", "to_run") if is_number_of_a_run(query.get(name))}
    return in_order(query) | runs


def in_order(query: dict[str, Any]) -> dict[str, Any]:
    """The query with the ends of its period exchanged, or without `to`, where it would not end after it begins."""
    begin, end = query.get("from"), query.get("to")
    if not isinstance(begin, str) or not isinstance(end, str) or begin < end:
        return query
    if begin > end:
        return query | {"from": end, "to": begin}
    return {name: value for name, value in query.items() if name != "to"}


def is_number_of_a_run(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and 1 <= given < 2**63


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Leave out of a short run each edge that is like one already asked."""
    edge = case.meta.phase.data
    kind = str(getattr(edge, "scenario", ASKED_EACH))
    if not IS_SHORT or kind == ASKED_EACH:
        return True
    likeness = likeness_of(case.operation.label, kind, edge)
    is_new = likeness not in ASKED
    ASKED.add(likeness)
    return is_new


def likeness_of(operation: str, kind: str, edge: Any) -> tuple[str, ...]:
    """Edges of a parameter are alike within an operation, those of a body wherever its model is taken."""
    if edge.parameter_location == ParameterLocation.BODY:
        return kind, edge.description.removeprefix("scenario -> ")
    return operation, kind, str(edge.parameter)
