"""Open orders by risk of lateness: transport day against an estimate. Definitions: docs/kpis.md, "Risk of lateness"."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from pydantic import Field

from app.planning.flow_spread import NO_SPREADS, Hits, Spreads, spreads_of
from app.planning.snapshot.answer import ETA_NOTES, Answer, EtaMethod, Figure
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.local_time import LocalTime
from app.planning.snapshot.narrowing import AT_PHASE_OF_PRODUCT, WHOLE, Narrowing
from app.planning.snapshot.standing import IN_SCOPE, Include, OpenOrderStanding, standings_in

OPEN_ORDERS = sa.text(f"""
    SELECT o.work_order_id, o.product_id, o.phase_id, ph.name AS phase_name, o.created_at, o.transport_at,
           s.last_phase_id
      FROM core.work_orders AS o
      JOIN core.open_orders AS s ON s.run_id = :run_id AND s.work_order_id = o.work_order_id
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = o.phase_id
     WHERE o.run_id = :run_id AND {IN_SCOPE} AND {AT_PHASE_OF_PRODUCT}
""")
REMAINING = """
    WITH open_order AS MATERIALIZED (
        SELECT o.work_order_id, o.product_id
          FROM core.work_orders AS o
         WHERE o.run_id = :run_id AND {orders}
    ), step AS MATERIALIZED (
        SELECT product_id, phase_id, count(*) AS steps FROM core.standard_routes
         WHERE run_id = :run_id AND product_id IN (SELECT product_id FROM open_order) GROUP BY product_id, phase_id
    ), finished AS MATERIALIZED (
        SELECT o.work_order_id, p.phase_id, count(*) AS executions
          FROM open_order AS o
          JOIN core.order_phases AS p ON p.run_id = :run_id AND p.work_order_id = o.work_order_id
         WHERE p.finished_at IS NOT NULL
         GROUP BY o.work_order_id, p.phase_id
    )
    SELECT o.work_order_id, greatest(s.steps - coalesce(f.executions, 0), 0) AS steps, r.flow_mean_hours
      FROM open_order AS o
      JOIN step AS s ON s.product_id = o.product_id
      LEFT JOIN finished AS f ON f.work_order_id = o.work_order_id AND f.phase_id = s.phase_id
      LEFT JOIN core.phase_rates AS r ON r.run_id = :run_id AND r.phase_id = s.phase_id
"""
REMAINING_IN_SCOPE = sa.text(REMAINING.format(orders=f"{IN_SCOPE} AND o.transport_at IS NOT NULL"))
REMAINING_OF_ORDER = sa.text(REMAINING.format(orders="o.work_order_id = :work_order_id"))


class Risk(StrEnum):
    """The risk that follows from an open order's transport day; docs/kpis.md, "Risk of lateness"."""

    OVERDUE = "OVERDUE"
    LATE = "LATE"
    ON_TRACK = "ON_TRACK"
    UNKNOWN = "UNKNOWN"


class OrderRisk(Answer):
    """One open order with a transport day. Times are factory-local."""

    work_order_id: int
    product_id: int
    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    created_at: LocalTime
    transport_at: LocalTime
    risk: Risk
    days_to_transport: int = Field(description="transport day - as_of's day, in calendar days; negative: overdue")
    remaining_steps: int | None = Field(description="steps of the standard route not yet finished; null: as eta_at")
    remaining_flow_hours: Figure | None = Field(description="sum of these steps' mean flow times; null: as eta_at")
    eta_at: LocalTime | None = Field(
        description="as_of + remaining_flow_hours, to the second; null: no standard route, a remaining step's phase "
        "never finished, over a hundred years, or the data does not support it"
    )
    slack_days: int | None = Field(description="transport day - eta_at's day, in calendar days; null: as eta_at")
    remaining_flow_p50_hours: Figure | None = Field(
        description="half of the orders that had got as far as this one were completed within so many hours; null: "
        "fewer are known to be"
    )
    remaining_flow_p90_hours: Figure | None = Field(description="nine in ten were; null: fewer are known to be")
    eta_p50_at: LocalTime | None = Field(description="as_of + remaining_flow_p50_hours, to the second; null: as that")
    eta_p90_at: LocalTime | None = Field(description="as_of + remaining_flow_p90_hours, to the second; null: as that")
    similar_orders: int = Field(description="number of past states of orders that the last four rest on")


class RiskTotals(Answer):
    """Every order that counts once: the last five add up to the first."""

    open_orders: int = Field(description="production work, and what is included")
    overdue_orders: int
    late_orders: int = Field(description="not yet overdue, but the estimate is later than the transport day")
    on_track_orders: int
    unknown_orders: int = Field(description="not yet overdue, and without an estimate")
    orders_without_transport_date: int = Field(description="nothing to be late for; not in the queue")


class RiskQueue(Answer):
    """The open orders most at risk: least slack first; without estimate, the days to transport stand for the slack."""

    standing: OpenOrderStanding
    totals: RiskTotals
    eta_method: EtaMethod = Field(EtaMethod.MEAN_FLOW, description="how eta_at is estimated")
    eta_note: str = Field(ETA_NOTES[EtaMethod.MEAN_FLOW], description="what that leaves out, and the other method")
    estimates_of_the_past: Hits = Field(description="how far such estimates and flags can be trusted")
    orders: list[OrderRisk]


LONGEST_HOURS = 100 * 365 * 24
"""Longest estimate; a longer one would exceed the calendar and counts as none."""

Estimate = tuple[int, float]
"""Number of remaining steps, and their hours."""


def risk_queue(
    connection: sa.Connection,
    run: Run,
    include: Include | None = None,
    narrowing: Narrowing = WHOLE,
    *,
    limit: int,
    estimates: bool,
) -> RiskQueue:
    """At most `limit` orders of production work, and more, by risk, and totals over all of them.

    estimates: False leaves every estimate null, because the data does not support standard routes.
    """
    spreads = spreads_of(connection, run)
    open_orders, judged = judged_orders(connection, run, include, spreads, narrowing, estimates=estimates)
    counts = Counter(order.risk for order in judged)
    totals = RiskTotals(
        open_orders=open_orders,
        **{f"{risk.lower()}_orders": counts[risk] for risk in Risk},
        orders_without_transport_date=open_orders - len(judged),
    )
    hits = spreads.hits(run, estimates=estimates)
    return RiskQueue(standing=run.standing, totals=totals, estimates_of_the_past=hits, orders=judged[:limit])


def judged_orders(
    connection: sa.Connection,
    run: Run,
    include: Include | None,
    spreads: Spreads = NO_SPREADS,
    narrowing: Narrowing = WHOLE,
    *,
    estimates: bool,
) -> tuple[int, list[OrderRisk]]:
    """The number of orders that count, and those with a transport date, least slack first."""
    standings = standings_in(include)
    rows = connection.execute(OPEN_ORDERS, run.bound(standings=standings, **narrowing.bound())).mappings().all()
    remaining = {}
    if estimates:
        remaining = _estimates(connection.execute(REMAINING_IN_SCOPE, run.bound(standings=standings)))
    judged = [
        OrderRisk.model_validate(
            {
                **{name: value for name, value in row.items() if name != "last_phase_id"},
                **lateness(run.as_of, row["transport_at"], remaining.get(row["work_order_id"])),
                **spreads.after(row["last_phase_id"]).members(run.as_of),
            }
        )
        for row in rows
        if run.as_of is not None and row["transport_at"] is not None
    ]
    judged.sort(key=lambda order: (slack_of(order), order.transport_at, order.work_order_id))
    return len(rows), judged


def estimate_of(connection: sa.Connection, run: Run, work_order_id: int) -> Estimate | None:
    """The rest of the order's standard route; None when it cannot be estimated."""
    found = _estimates(connection.execute(REMAINING_OF_ORDER, run.bound(work_order_id=work_order_id)))
    return found.get(work_order_id)


def lateness(as_of: dt.datetime, transport_at: dt.datetime | None, estimate: Estimate | None) -> dict[str, object]:
    """Risk, days, estimate and slack of one order; days are calendar days, as on-time delivery counts them.

    Without a transport date there is neither risk nor slack.
    """
    eta = None if estimate is None else as_of + dt.timedelta(seconds=round(estimate[1] * 3600))
    days = None if transport_at is None else (transport_at.date() - as_of.date()).days
    slack = None if transport_at is None or eta is None else (transport_at.date() - eta.date()).days
    risk: Risk | None
    if days is None:
        risk = None
    elif days < 0:
        risk = Risk.OVERDUE
    elif slack is None:
        risk = Risk.UNKNOWN
    else:
        risk = Risk.LATE if slack < 0 else Risk.ON_TRACK
    steps, hours = estimate or (None, None)
    return {
        "risk": risk,
        "days_to_transport": days,
        "remaining_steps": steps,
        "remaining_flow_hours": hours,
        "eta_at": eta,
        "slack_days": slack,
    }


def _estimates(rows: Iterable[Any]) -> dict[int, Estimate]:
    """The rest of each order's standard route; orders whose remainder cannot be estimated are left out."""
    parts: dict[int, list[tuple[int, float | None]]] = defaultdict(list)
    for row in rows:
        parts[row.work_order_id].append((row.steps, row.flow_mean_hours))
    found = {}
    for work_order_id, steps in parts.items():
        hours = [count * hours for count, hours in steps if count and hours is not None]
        if len(hours) == sum(count > 0 for count, _ in steps):
            # fsum is exact whatever the order, so the estimate does not depend on the plan of the statement.
            total = math.fsum(hours)
            if total <= LONGEST_HOURS:
                found[work_order_id] = (sum(count for count, _ in steps), total)
    return found


def slack_of(order: OrderRisk) -> int:
    """The slack; without an estimate the days to transport."""
    return order.days_to_transport if order.slack_days is None else order.slack_days
