"""The backlog by the week in which it is due. Definitions: docs/kpis.md, "Backlog"."""

from __future__ import annotations

import datetime as dt
from itertools import accumulate

import sqlalchemy as sa
from pydantic import Field

from app.planning.snapshot.answer import Answer
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.standing import IN_SCOPE, Include, OpenOrderStanding, orders_in, standings_in

WEEKS = sa.text(f"""
    SELECT CAST(date_trunc('week', o.transport_at) AS date) AS week_start, count(*) AS orders,
           count(*) FILTER (WHERE CAST(o.transport_at AS date) < CAST(CAST(:as_of AS timestamp) AS date))
               AS overdue_orders
      FROM core.work_orders AS o
     WHERE o.run_id = :run_id AND {IN_SCOPE} AND o.transport_at IS NOT NULL
     GROUP BY 1 ORDER BY 1
""")


class DueWeek(Answer):
    """The orders due in one week."""

    week_start: dt.date = Field(description="its Monday")
    orders: int
    overdue_orders: int = Field(description="of these, due before as_of's day")
    cumulative_orders: int = Field(description="of this week and all before it")


class Backlog(Answer):
    """Production work, and what is included, by the week of its transport date; weeks without any are left out."""

    standing: OpenOrderStanding
    open_orders: int = Field(description="production work, and what is included: all weeks, and those without a date")
    orders_without_transport_date: int
    weeks: list[DueWeek]


def backlog(connection: sa.Connection, run: Run, include: Include | None = None) -> Backlog:
    """The orders in scope by due week, earliest first."""
    rows = connection.execute(WEEKS, run.bound(standings=standings_in(include))).mappings().all()
    sums = list(accumulate(row["orders"] for row in rows))
    total = orders_in(run.standing, include)
    return Backlog(
        standing=run.standing,
        open_orders=total,
        orders_without_transport_date=total - (sums[-1] if sums else 0),
        weeks=[DueWeek(**row, cumulative_orders=so_far) for row, so_far in zip(rows, sums, strict=True)],
    )
