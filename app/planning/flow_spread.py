"""Spread of the remaining flow of an open order, and how such estimates came true. docs/kpis.md, "Spread"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from pydantic import Field

from app.database.schema.aggregates import FLAG_HITS, SPREAD_HITS, remaining_flows
from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.local_time import LocalTime
from app.ratios import ratio

LEAST_ORDERS, EARLIER_DAYS = 30, 120
FLOWS = sa.select(remaining_flows).where(remaining_flows.c.run_id == sa.bindparam("run_id"))
NOT_STARTED, AFTER_PHASE, ANY = "NOT_STARTED", "AFTER_PHASE", "ANY"


@dataclass(frozen=True, slots=True)
class Spread:
    """Hours that orders took from a point on; None: longer than is known. orders: counted for it."""

    orders: int
    p50_hours: float | None
    p90_hours: float | None

    def members(self, as_of: dt.datetime) -> dict[str, object]:
        """The fields of the spread in an order's answer."""
        return {
            "remaining_flow_p50_hours": self.p50_hours,
            "remaining_flow_p90_hours": self.p90_hours,
            "eta_p50_at": _after(as_of, self.p50_hours),
            "eta_p90_at": _after(as_of, self.p90_hours),
            "similar_orders": self.orders,
        }


UNKNOWN_SPREAD = Spread(0, None, None)


class Flag(Answer):
    """The flag LATE as it would have been given 120 days ago, against what happened since."""

    due_orders: int = Field(description="orders with an estimate then, due since then and before as_of's day")
    late_orders: int = Field(description="of these, not completed by their transport day")
    flagged_orders: int = Field(description="of due_orders, estimated to be later than their transport day")
    flagged_late_orders: int = Field(description="flagged, and late indeed")
    came_true_ratio: Figure | None = Field(
        description="flagged_late / flagged; no better than late / due: the flag says nothing; null: none flagged"
    )
    found_ratio: Figure | None = Field(description="flagged_late / late; null: none was late")


class Hits(Answer):
    """Estimates as they would have been made 120 days ago, held against what happened since."""

    made_at: LocalTime | None = Field(description="as_of - 120 days of 24 h; null: the run holds no time")
    p50_orders: int = Field(description="open orders whose p50 ended before as_of")
    within_p50_orders: int = Field(description="of these, completed by then")
    within_p50_ratio: Figure | None = Field(description="0.5 would be right, less: estimates are too early; null: none")
    p90_orders: int = Field(description="open orders whose p90 ended before as_of")
    within_p90_orders: int = Field(description="of these, completed by then")
    within_p90_ratio: Figure | None = Field(description="0.9 would be right, less: estimates are too early; null: none")
    p50_flag: Flag = Field(description="LATE where eta_p50_at is later than the transport day")
    mean_flow_flag: Flag | None = Field(
        description="LATE as the queue has it, by eta_at; null: the data does not support it"
    )


class Spreads:
    """The spreads of one run by point."""

    def __init__(self, rows: list[Mapping[str, Any]]) -> None:
        self._found = {
            (row["point"], row["phase_id"]): Spread(row["orders"], row["p50_hours"], row["p90_hours"]) for row in rows
        }
        self._sums = {name: int(sum(row[name] for row in rows)) for name in (*SPREAD_HITS, *FLAG_HITS)}

    def after(self, last_phase_id: int | None) -> Spread:
        """The spread of orders whose latest end was of this phase; of all orders where there are too few of them."""
        own = self._found.get((NOT_STARTED, 0) if last_phase_id is None else (AFTER_PHASE, last_phase_id))
        if own is None or own.orders < LEAST_ORDERS:
            return self._found.get((ANY, 0), UNKNOWN_SPREAD)
        return own

    def hits(self, run: Run, *, estimates: bool) -> Hits:
        """The hits over all points. estimates: False leaves the flag by standard routes out."""
        sums = self._sums
        return Hits(
            made_at=None if run.as_of is None else run.as_of - dt.timedelta(days=EARLIER_DAYS),
            **{name: sums[name] for name in SPREAD_HITS},
            within_p50_ratio=ratio(sums["within_p50_orders"], sums["p50_orders"]),
            within_p90_ratio=ratio(sums["within_p90_orders"], sums["p90_orders"]),
            p50_flag=self._flag("p50"),
            mean_flow_flag=self._flag("mean_flow") if estimates else None,
        )

    def _flag(self, flag: str) -> Flag:
        due, late, flagged, flagged_late = (
            self._sums[f"{flag}_{name}_orders"] for name in ("due", "late", "flagged", "flagged_late")
        )
        return Flag(
            due_orders=due,
            late_orders=late,
            flagged_orders=flagged,
            flagged_late_orders=flagged_late,
            came_true_ratio=ratio(flagged_late, flagged),
            found_ratio=ratio(flagged_late, late),
        )


NO_SPREADS = Spreads([])
"""No order has a spread."""


def spreads_of(connection: sa.Connection, run: Run) -> Spreads:
    """The spreads of the run, made by its ingestion."""
    return Spreads([dict(row) for row in connection.execute(FLOWS, {"run_id": run.run_id}).mappings()])


def _after(as_of: dt.datetime, hours: float | None) -> dt.datetime | None:
    return None if hours is None else as_of + dt.timedelta(seconds=round(hours * 3600))
