"""Counts the rows of a merged sheet that end before they began only because their end is a day without a time."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from app.contract import SHEET_BY_NAME
from app.contract.quality_issues import QualityIssue
from app.ingestion.tables.names import RunTables
from app.workbook.judging.contradictions import SPANS


def without_days_alone(
    connection: sa.Connection, tables: RunTables, counts: Mapping[QualityIssue, int]
) -> dict[QualityIssue, int]:
    """The counts of contradictions without such rows."""
    found = dict(counts)
    for issue, headers in SPANS.items():
        if not counts.get(issue, 0):
            continue
        sheet = SHEET_BY_NAME[issue.sheet]
        end, begin = (sheet.column(header).name for header in headers)
        found[issue] -= connection.exec_driver_sql(
            f"SELECT count(*) FROM {tables.partition(sheet)}"
            f" WHERE {end} < {begin} AND {end} = date_trunc('day', {begin})"
        ).scalar_one()
    return found
