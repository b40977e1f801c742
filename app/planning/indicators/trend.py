"""Key figures by week or month, from the stamps of one run. Definitions: docs/kpis.md, "Trend"."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from pydantic import Field

from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.errors_alone import is_error
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.period import Period, within
from app.ratios import ratio


class GroupBy(StrEnum):
    """Length of the parts of a trend: weeks from Monday, or calendar months."""

    WEEK = "week"
    MONTH = "month"


def _part(stamp: str) -> str:
    return f"CAST(date_trunc(:group_by, {stamp}) AS date) AS start"


STATEMENTS = (
    f"""
    SELECT {_part("created_at")}, count(*) AS created_orders
      FROM core.work_orders WHERE run_id = :run_id AND {within("created_at")} GROUP BY 1""",
    f"""
    SELECT {_part("completed_at")}, count(*) AS completed_orders,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY CASE WHEN completed_at >= created_at
               THEN date_part('epoch', completed_at - created_at) / 86400 END) AS lead_time_p50_days
      FROM core.work_orders WHERE run_id = :run_id AND {within("completed_at")} GROUP BY 1""",
    f"""
    SELECT {_part("transport_at")}, count(*) AS due_orders,
           count(*) FILTER (WHERE CAST(completed_at AS date) <= CAST(transport_at AS date)) AS due_on_time_orders
      FROM core.work_orders
     WHERE run_id = :run_id AND {within("transport_at")}
       AND CAST(transport_at AS date) < CAST(CAST(:as_of AS timestamp) AS date)
     GROUP BY 1""",
    f"""
    SELECT {_part("finished_at")}, count(*) AS finished_phases, count(*) FILTER (WHERE is_return) AS return_phases
      FROM core.order_phases WHERE run_id = :run_id AND {within("finished_at")} GROUP BY 1""",
    f"""
    WITH judged AS (
        SELECT evaluation_order_phase_id AS order_phase_id, count(*) AS errors
          FROM core.quality_errors AS e WHERE e.run_id = :run_id AND {is_error("e")} GROUP BY 1
    )
    SELECT {_part("p.finished_at")}, CAST(sum(judged.errors) AS bigint) AS quality_errors
      FROM core.order_phases AS p JOIN judged USING (order_phase_id)
     WHERE p.run_id = :run_id AND {within("p.finished_at")} GROUP BY 1""",
)
COUNTS = (
    "created_orders",
    "completed_orders",
    "due_orders",
    "due_on_time_orders",
    "finished_phases",
    "return_phases",
    "quality_errors",
)


class TrendPart(Answer):
    """The events of one week or month."""

    start: dt.date = Field(description="first day of the week (Monday) or month")
    created_orders: int
    completed_orders: int
    lead_time_p50_days: Figure | None = Field(description="of orders completed in it; null: none, or before creation")
    due_orders: int = Field(description="orders with their transport day in it, before as_of's day")
    due_on_time_orders: int = Field(description="of these, completed by their transport day")
    on_time_delivery_by_due_ratio: Figure | None = Field(description="due_on_time / due; null: nothing was due")
    finished_phases: int
    return_phases: int = Field(description="of these, returns")
    return_ratio: Figure | None = Field(description="return_phases / finished_phases; null: none was finished")
    quality_errors: int = Field(description="judged by an execution that ended in it")


class Trend(Answer):
    """Key figures by week or month, earliest first; parts without any event are left out."""

    group_by: GroupBy
    parts: list[TrendPart]


def trend(connection: sa.Connection, run: Run, period: Period, group_by: GroupBy) -> Trend:
    """The events of the run, or of a period, by week or month."""
    bound = run.bound(**period.bound(run.as_of), group_by=group_by.value)
    found: dict[dt.date, dict[str, Any]] = {}
    for statement in STATEMENTS:
        for row in connection.execute(sa.text(statement), bound).mappings():
            found.setdefault(row["start"], {"lead_time_p50_days": None, **dict.fromkeys(COUNTS, 0)}).update(row)
    return Trend(group_by=group_by, parts=[_part_of(found[start]) for start in sorted(found)])


def _part_of(row: dict[str, Any]) -> TrendPart:
    return TrendPart(
        **row,
        on_time_delivery_by_due_ratio=ratio(row["due_on_time_orders"], row["due_orders"]),
        return_ratio=ratio(row["return_phases"], row["finished_phases"]),
    )
