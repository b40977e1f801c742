"""Changes of orders between two runs, in words, in pages. Definitions: docs/kpis.md, "What changed"."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from pydantic import Field

from app.planning.snapshot.answer import Answer
from app.planning.snapshot.errors_alone import is_error

IN_BOTH = "b.work_order_id IS NOT NULL AND a.work_order_id IS NOT NULL"


class OrderChangeKind(StrEnum):
    """Kinds of change of an order; one order may have several."""

    NEW = "NEW"
    GONE = "GONE"
    COMPLETED = "COMPLETED"
    REOPENED = "REOPENED"
    COMPLETION_MOVED = "COMPLETION_MOVED"
    TRANSPORT_SET = "TRANSPORT_SET"
    TRANSPORT_CLEARED = "TRANSPORT_CLEARED"
    TRANSPORT_MOVED = "TRANSPORT_MOVED"
    PHASE_MOVED = "PHASE_MOVED"
    PRODUCT_CHANGED = "PRODUCT_CHANGED"
    CREATION_MOVED = "CREATION_MOVED"
    ERRORS_ADDED = "ERRORS_ADDED"
    ERRORS_REMOVED = "ERRORS_REMOVED"


KINDS = {
    OrderChangeKind.NEW: "b.work_order_id IS NULL",
    OrderChangeKind.GONE: "a.work_order_id IS NULL",
    OrderChangeKind.COMPLETED: (
        "a.work_order_id IS NOT NULL AND b.completed_at IS NULL AND a.completed_at IS NOT NULL"
    ),
    OrderChangeKind.REOPENED: f"{IN_BOTH} AND b.completed_at IS NOT NULL AND a.completed_at IS NULL",
    OrderChangeKind.COMPLETION_MOVED: "b.completed_at <> a.completed_at",
    OrderChangeKind.TRANSPORT_SET: f"{IN_BOTH} AND b.transport_at IS NULL AND a.transport_at IS NOT NULL",
    OrderChangeKind.TRANSPORT_CLEARED: f"{IN_BOTH} AND b.transport_at IS NOT NULL AND a.transport_at IS NULL",
    OrderChangeKind.TRANSPORT_MOVED: "b.transport_at <> a.transport_at",
    OrderChangeKind.PHASE_MOVED: "b.phase_id <> a.phase_id",
    OrderChangeKind.PRODUCT_CHANGED: "b.product_id <> a.product_id",
    OrderChangeKind.CREATION_MOVED: "b.created_at <> a.created_at",
    OrderChangeKind.ERRORS_ADDED: "a.work_order_id IS NOT NULL AND coalesce(a.errors, 0) > coalesce(b.errors, 0)",
    OrderChangeKind.ERRORS_REMOVED: f"{IN_BOTH} AND coalesce(a.errors, 0) < coalesce(b.errors, 0)",
}
"""SQL of each kind, over the same order in both runs; in the order in which they are told."""


class OrderWord(Answer):
    """One thing that became of an order. before and after: stamps and numbers as text."""

    kind: OrderChangeKind
    text: str
    before: str | None
    after: str | None
    days: int | None = Field(description="calendar days from before to after; null: not of two stamps")


class ChangedOrder(Answer):
    """The changes of one order."""

    work_order_id: int
    product_id: int = Field(description="in the later run; of an order that is gone in the earlier one")
    changes: list[OrderWord]


class KindOrders(Answer):
    """The number of orders of which this is told."""

    kind: OrderChangeKind
    orders: int


def _side(run: str) -> str:
    return f"""
        (SELECT o.work_order_id, o.created_at, o.completed_at, o.transport_at, o.product_id, o.phase_id, e.errors
           FROM core.work_orders AS o
           LEFT JOIN (SELECT e.work_order_id, count(*) AS errors FROM core.quality_errors AS e
                       WHERE e.run_id = :{run} AND {is_error("e", "IN (:before, :after)")}
                       GROUP BY e.work_order_id) AS e ON e.work_order_id = o.work_order_id
          WHERE o.run_id = :{run})"""


_FLAGS = ", ".join(f"({condition}) IS TRUE AS {kind.lower()}" for kind, condition in KINDS.items())
_COMPARED = f"{_side('before')} AS b FULL JOIN {_side('after')} AS a ON a.work_order_id = b.work_order_id"
COUNTED = sa.text(
    f"SELECT {', '.join(f'count(*) FILTER (WHERE {kind.lower()}) AS {kind.lower()}' for kind in KINDS)}"
    f" FROM (SELECT {_FLAGS} FROM {_COMPARED}) AS compared"
)
PAGE = sa.text(f"""
    SELECT c.*, bp.name AS phase_before, ap.name AS phase_after
      FROM (SELECT coalesce(a.work_order_id, b.work_order_id) AS work_order_id,
                   coalesce(a.product_id, b.product_id) AS product_id,
                   b.created_at AS created_before, a.created_at AS created_after,
                   b.completed_at AS completed_before, a.completed_at AS completed_after,
                   b.transport_at AS transport_before, a.transport_at AS transport_after,
                   b.product_id AS product_before, a.product_id AS product_after,
                   b.phase_id AS phase_id_before, a.phase_id AS phase_id_after,
                   coalesce(b.errors, 0) AS errors_before, coalesce(a.errors, 0) AS errors_after, {_FLAGS}
              FROM {_COMPARED}) AS c
      LEFT JOIN core.phases AS bp ON bp.run_id = :before AND bp.phase_id = c.phase_id_before
      LEFT JOIN core.phases AS ap ON ap.run_id = :after AND ap.phase_id = c.phase_id_after
     WHERE ({" OR ".join(f"c.{kind.lower()}" for kind in KINDS)})
       AND (CAST(:behind AS bigint) IS NULL OR c.work_order_id > :behind)
     ORDER BY c.work_order_id LIMIT :limit
""")


def counted_orders(connection: sa.Connection, before: int, after: int) -> list[KindOrders]:
    """The orders of each kind of change, over both runs."""
    row = connection.execute(COUNTED, {"before": before, "after": after}).mappings().one()
    return [KindOrders(kind=kind, orders=row[kind.lower()]) for kind in KINDS]


def changed_orders(
    connection: sa.Connection, before: int, after: int, *, limit: int, behind: int | None = None
) -> list[ChangedOrder]:
    """At most `limit` changed orders with numbers above `behind`, lowest first."""
    given = {"before": before, "after": after, "limit": limit, "behind": behind}
    return [
        ChangedOrder(
            work_order_id=row["work_order_id"],
            product_id=row["product_id"],
            changes=[_word(kind, row) for kind in KINDS if row[kind.lower()]],
        )
        for row in connection.execute(PAGE, given).mappings()
    ]


STAMPS = {
    OrderChangeKind.NEW: ("created", "New order, created {after}."),
    OrderChangeKind.GONE: ("created", "The order, created {before}, is not in the later export."),
    OrderChangeKind.COMPLETED: ("completed", "Completed {after}."),
    OrderChangeKind.REOPENED: ("completed", "Open again; it was completed {before}."),
    OrderChangeKind.COMPLETION_MOVED: ("completed", "Completion corrected from {before} to {after}."),
    OrderChangeKind.TRANSPORT_SET: ("transport", "Transport date set to {after}."),
    OrderChangeKind.TRANSPORT_CLEARED: ("transport", "Transport date {before} removed."),
    OrderChangeKind.TRANSPORT_MOVED: ("transport", "Transport date moved {moved}, from {before} to {after}."),
    OrderChangeKind.CREATION_MOVED: ("created", "Creation corrected from {before} to {after}."),
}
NUMBERS = {
    OrderChangeKind.PRODUCT_CHANGED: ("product", "Product changed from {before} to {after}."),
    OrderChangeKind.ERRORS_ADDED: ("errors", "{more} added, {after} in all."),
    OrderChangeKind.ERRORS_REMOVED: ("errors", "{more} removed, {after} in all."),
}


def _word(kind: OrderChangeKind, row: Any) -> OrderWord:
    if kind in STAMPS:
        stamp, sentence = STAMPS[kind]
        return _of_stamps(kind, sentence, row[f"{stamp}_before"], row[f"{stamp}_after"])
    if kind is OrderChangeKind.PHASE_MOVED:
        before, after = (_named(row[f"phase_id_{side}"], row[f"phase_{side}"]) for side in ("before", "after"))
        return _told(kind, f"Moved from phase {before} to phase {after}.", before, after)
    number, sentence = NUMBERS[kind]
    before, after = row[f"{number}_before"], row[f"{number}_after"]
    more = _counted(abs((after or 0) - (before or 0)), "quality error")
    return _told(kind, sentence.format(before=before, after=after, more=more), before, after)


def _of_stamps(
    kind: OrderChangeKind, sentence: str, before: dt.datetime | None, after: dt.datetime | None
) -> OrderWord:
    days = None if before is None or after is None else (after.date() - before.date()).days
    shown = {side: "" if stamp is None else _shown(stamp) for side, stamp in (("before", before), ("after", after))}
    text = sentence.format(**shown, moved=_moved(days or 0))
    return _told(kind, text, before and before.isoformat(), after and after.isoformat(), days)


def _told(kind: OrderChangeKind, text: str, before: Any, after: Any, days: int | None = None) -> OrderWord:
    was, now = (None if one is None else str(one) for one in (before, after))
    return OrderWord(kind=kind, text=text, before=was, after=now, days=days)


def _shown(stamp: dt.datetime) -> str:
    """The stamp as people write it; without a time where it is midnight."""
    return f"{stamp:%Y-%m-%d}" if stamp.time() == dt.time() else f"{stamp:%Y-%m-%d %H:%M}"


def _moved(days: int) -> str:
    return "within the day" if days == 0 else f"{_counted(abs(days), 'day')} {'later' if days > 0 else 'earlier'}"


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _named(number: int, name: str | None) -> str:
    return str(number) if name is None else f"{number} {name}"
