"""The list of work orders: filters, orders of it, pages. Definitions: docs/kpis.md, "Order list and detail"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from pydantic import Field

from app.planning.orders import COLUMNS, PHASE_NAME, PRODUCT_NAME, Order, OrderStatus
from app.planning.risk import Risk, judged_orders, slack_of
from app.planning.snapshot.live_run import Run


class OrderSort(StrEnum):
    """Orders of the list: latest creation, earliest creation, earliest transport date, or least slack first."""

    CREATED = "created"
    AGE = "age"
    DUE = "due"
    SLACK = "slack"


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Criteria of the listed orders; None leaves one out. Of two bounds `from` is inclusive, `to` exclusive."""

    of_id: int | None = None
    product: int | None = None
    phase: int | None = None
    status: OrderStatus | None = None
    created_from: dt.datetime | None = None
    created_to: dt.datetime | None = None
    completed_from: dt.datetime | None = None
    completed_to: dt.datetime | None = None
    due_from: dt.datetime | None = None
    due_to: dt.datetime | None = None
    product_name: str | None = None
    terminal: bool | None = None
    stale: bool | None = None
    overdue: bool | None = None
    risk: Risk | None = None
    sort: OrderSort = OrderSort.CREATED

    @property
    def needs_risk(self) -> bool:
        """True if the filter or the order needs the risk of the open orders."""
        return self.risk is not None or self.sort is OrderSort.SLACK


class ListedOrder(Order):
    """One work order of the list. Times are factory-local."""

    risk: Risk | None = Field(description="as in the risk queue; null: not in it, or neither risk nor sort=slack asked")
    slack_days: int | None = Field(description="as in the risk queue; null: as there, or as risk")


@dataclass(frozen=True, slots=True)
class Position:
    """Place in the list: the sort key and the number of the last order before the next page."""

    key: dt.datetime | int
    work_order_id: int


NEVER, MOST_DAYS = dt.datetime(9999, 12, 31), 2**31 - 1
"""Substitutes for a missing transport date and a missing slack: they come last."""

SORTED = {
    OrderSort.CREATED: ("o.created_at", "DESC"),
    OrderSort.AGE: ("o.created_at", "ASC"),
    OrderSort.DUE: ("coalesce(o.transport_at, CAST(:never AS timestamp))", "ASC"),
    OrderSort.SLACK: (f"coalesce(q.sorted_by, {MOST_DAYS})", "ASC"),
}
_OVERDUE = "(o.completed_at IS NULL AND CAST(o.transport_at AS date) < CAST(CAST(:as_of AS timestamp) AS date))"
_STANDING = (
    "EXISTS (SELECT FROM core.open_orders AS s"
    " WHERE s.run_id = :run_id AND s.work_order_id = o.work_order_id AND s.standing = '{}')"
)
CRITERIA = {
    "of_id": "o.work_order_id = :of_id",
    "product": "o.product_id = :product",
    "phase": "o.phase_id = :phase",
    "created_from": "o.created_at >= :created_from",
    "created_to": "o.created_at < :created_to",
    "completed_from": "o.completed_at >= :completed_from",
    "completed_to": "o.completed_at < :completed_to",
    "due_from": "o.transport_at >= :due_from",
    "due_to": "o.transport_at < :due_to",
    "risk": "q.risk = :risk",
}
FLAGS = {
    "terminal": _STANDING.format("TERMINAL"),
    "stale": _STANDING.format("STALE"),
    "overdue": _OVERDUE,
}
STATUS = {
    OrderStatus.OPEN: "o.completed_at IS NULL",
    OrderStatus.COMPLETED: "o.completed_at IS NOT NULL",
}
NAMES = sa.text("SELECT product_id, name FROM core.products WHERE run_id = :run_id")
JUDGED = """
          LEFT JOIN unnest(CAST(:judged AS bigint[]), CAST(:risks AS text[]), CAST(:slacks AS integer[]),
                           CAST(:sorted_by AS integer[])) AS q (judged_id, risk, slack_days, sorted_by)
               ON q.judged_id = o.work_order_id"""


@dataclass(frozen=True, slots=True)
class OrderList:
    """The orders of one run that pass a filter, ready to be read in pages.

    product_names: join the products; without it every name is null, because the data does not support the join.
    """

    run: Run
    wanted: OrderFilter
    product_names: bool
    conditions: tuple[str, ...]
    parameters: dict[str, Any]

    def count(self, connection: sa.Connection) -> int:
        """The number of orders that pass the filter."""
        found: int = connection.execute(sa.text(f"SELECT count(*) {self._passing()}"), self.parameters).scalar_one()
        return found

    def page(self, connection: sa.Connection, limit: int, after: Position | None = None) -> list[ListedOrder]:
        """At most `limit` orders after a position."""
        key, direction = SORTED[self.wanted.sort]
        parameters, conditions = {**self.parameters, "limit": limit}, ""
        if after is not None:
            beyond = "<" if direction == "DESC" else ">"
            conditions = f" AND ({key}, o.work_order_id) {beyond} (:after_key, :after_id)"
            parameters |= {"after_key": after.key, "after_id": after.work_order_id}
        if ":never" in key:
            parameters["never"] = NEVER
        judged = "q.risk, q.slack_days" if self.wanted.needs_risk else "NULL AS risk, NULL AS slack_days"
        # The page is cut before names are joined, so that a page costs the same however deep it lies.
        statement = f"""
            SELECT {COLUMNS}, o.risk, o.slack_days, {"pr.name" if self.product_names else "NULL"} AS product_name
              FROM (SELECT o.*, {judged}, {key} AS sorted_key {self._passing()}{conditions}
                     ORDER BY sorted_key {direction}, o.work_order_id {direction} LIMIT :limit) AS o
              {PHASE_NAME} {PRODUCT_NAME if self.product_names else ""}
             ORDER BY o.sorted_key {direction}, o.work_order_id {direction}"""
        rows = connection.execute(sa.text(statement), parameters)
        return [ListedOrder.model_validate(dict(row)) for row in rows.mappings()]

    def position(self, order: ListedOrder) -> Position:
        """The place of an order of a page."""
        key: dt.datetime | int = order.created_at
        if self.wanted.sort is OrderSort.DUE:
            key = order.transport_at or NEVER
        elif self.wanted.sort is OrderSort.SLACK:
            slacks = dict(zip(self.parameters["judged"], self.parameters["sorted_by"], strict=True))
            key = slacks.get(order.work_order_id, MOST_DAYS)
        return Position(key, order.work_order_id)

    def _passing(self) -> str:
        joined = JUDGED if self.wanted.needs_risk else ""
        return f"FROM core.work_orders AS o{joined} WHERE {' AND '.join(self.conditions)}"


def order_list(
    connection: sa.Connection, run: Run, wanted: OrderFilter, *, product_names: bool, estimates: bool
) -> OrderList:
    """The list that a filter asks for. estimates: as for the risk queue."""
    given = {name: value for name, value in asdict(wanted).items() if value is not None}
    conditions = ["o.run_id = :run_id", *(CRITERIA[name] for name in given if name in CRITERIA)]
    conditions += [f"{sql} IS {'' if given[name] else 'NOT '}TRUE" for name, sql in FLAGS.items() if name in given]
    parameters = run.bound(**{name: value for name, value in given.items() if name in CRITERIA})
    if wanted.status is not None:
        conditions.append(STATUS[wanted.status])
    if wanted.product_name is not None:
        conditions.append("o.product_id = ANY(:named)")
        parameters["named"] = _named(connection.execute(NAMES, run.bound()), wanted.product_name)
    if wanted.needs_risk:
        _, judged = judged_orders(connection, run, "terminal,stale", estimates=estimates)
        parameters |= {
            "judged": [one.work_order_id for one in judged],
            "risks": [one.risk.value for one in judged],
            "slacks": [one.slack_days for one in judged],
            "sorted_by": [slack_of(one) for one in judged],
        }
    return OrderList(run, wanted, product_names, tuple(conditions), parameters)


def _named(products: Iterable[Any], part: str) -> list[int]:
    """The products whose name contains the part.

    Compared in Python, because the database's locale may not know the case of accented letters.
    """
    return [row.product_id for row in products if part.casefold() in row.name.casefold()]
