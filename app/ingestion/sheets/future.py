"""Finds the sheets of a run whose stamps lie in the future."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import sqlalchemy as sa

from app.contract.quality_issues import ORDER_AFTER_EXPORT, PHASE_AFTER_EXPORT, QualityIssue
from app.ingestion.runs.plant import Live
from app.ingestion.sheets.ageing import STAMPS
from app.ingestion.tables.names import RunTables
from app.ingestion.tables.ready_after import bound
from app.workbook.judging.future_stamps import FAR_AHEAD, FutureStamps

COUNTED = """
SELECT count({begin}) + count({end}) AS stamps,
  count(*) FILTER (WHERE {begin} > :clock) + count(*) FILTER (WHERE {end} > :clock) AS ahead,
  count(*) FILTER (WHERE {begin} > :far) + count(*) FILTER (WHERE {end} > :far) AS far,
  greatest(max({begin}), max({end})) AS latest FROM {{{sheet}}} AS t"""


def future_stamps(
    connection: sa.Connection,
    tables: RunTables,
    as_of: dt.datetime | None,
    issues: Mapping[QualityIssue, int],
    clock: dt.datetime,
    live: Live | None,
) -> list[FutureStamps]:
    """The merged sheets with many stamps after the clock. issues: the run's, which say if any stamp can be there."""
    if as_of is None or (as_of <= clock and not issues[ORDER_AFTER_EXPORT] and not issues[PHASE_AFTER_EXPORT]):
        return []
    was_before = live is not None and live.as_of is not None and live.as_of > clock
    found = []
    for sheet, (begin, end) in STAMPS.items():
        statement = bound(COUNTED.format(sheet=sheet, begin=begin, end=end), tables)
        counts = connection.execute(statement, {"clock": clock, "far": clock + FAR_AHEAD}).one()
        found.append(FutureStamps(sheet, clock, **counts._mapping, was_before=was_before))
    return [one for one in found if one.is_noticed]
