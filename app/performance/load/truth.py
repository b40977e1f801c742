"""Expected values of the measured answers, read from the run by SQL of its own before the load begins.

It shares no statement with app/planning, so that an endpoint that answers fast because it omits rows is noticed.
Criterion D proves every figure; here each body must be complete and of this run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from app.database.schema.aggregates import THROUGHPUT_DAYS
from app.performance.slo.row_bound import FACTS

LIVE_RUN = sa.text("""
    SELECT live.run_id, run.excel_sha256
      FROM core.current_snapshot AS live JOIN audit.ingestion_runs AS run USING (run_id)
     WHERE live.plant = :plant
""")
ORDERS = sa.text("""
    SELECT work_order_id, completed_at IS NULL AS is_open, product_id
      FROM core.work_orders WHERE run_id = :run_id ORDER BY created_at DESC, work_order_id DESC
""")
PHASES_PER_ORDER = sa.text("""
    SELECT work_order_id, count(*) AS phases FROM core.order_phases
     WHERE run_id = :run_id AND work_order_id = ANY(:ids) GROUP BY work_order_id
""")
PERIOD = sa.text(f"""
    SELECT to_char(max(created_at) - make_interval(days => {THROUGHPUT_DAYS}), 'YYYY-MM-DD') AS first,
           to_char(max(created_at) + interval '1 day', 'YYYY-MM-DD') AS end
      FROM core.work_orders WHERE run_id = :run_id HAVING count(*) > 0
""")
BUSIEST_PHASE = sa.text("""
    SELECT phase_id FROM core.work_orders WHERE run_id = :run_id
     GROUP BY phase_id ORDER BY count(*) DESC, phase_id LIMIT 1
""")
FIGURES = sa.text(f"SELECT {', '.join(FACTS)} FROM core.snapshot_facts WHERE run_id = :run_id")


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order at its place in the list, which runs from the latest creation down."""

    work_order_id: int
    is_open: bool
    product_id: int


@dataclass(frozen=True, slots=True)
class Truth:
    """The live run: its identity, its size (core.snapshot_facts), its list of orders, and the orders to ask for.

    phases_by_order: for each order asked for in detail, how many phases it has. period: the THROUGHPUT_DAYS up to
    the latest creation, as first day and day after the last. busiest_phase: the one that most orders are at.
    """

    run_id: int
    excel_sha256: str
    facts: Mapping[str, int]
    orders: tuple[ListedOrder, ...]
    phases_by_order: Mapping[int, int]
    period: tuple[str, str] | None = None
    busiest_phase: int | None = None

    @property
    def product_ids(self) -> list[int]:
        """The products of the orders asked for, each once, in the list's order."""
        return list(dict.fromkeys(o.product_id for o in self.orders if o.work_order_id in self.phases_by_order))


def spread(items: tuple[ListedOrder, ...], wanted: int) -> tuple[ListedOrder, ...]:
    """At most `wanted` orders at even distances, the first and the last included."""
    if len(items) <= wanted:
        return items
    return tuple(items[index * (len(items) - 1) // (wanted - 1)] for index in range(wanted))


def read_truth(connection: sa.Connection, plant: str, details: int) -> Truth | None:
    """The plant's live run, with `details` orders to ask for; None when the plant has no run."""
    live = connection.execute(LIVE_RUN, {"plant": plant}).one_or_none()
    if live is None:
        return None
    bound = {"run_id": live.run_id}
    orders = tuple(ListedOrder(*row) for row in connection.execute(ORDERS, bound))
    asked = [order.work_order_id for order in spread(orders, details)]
    counted = {row.work_order_id: row.phases for row in connection.execute(PHASES_PER_ORDER, {**bound, "ids": asked})}
    period = connection.execute(PERIOD, bound).one_or_none()
    return Truth(
        period=None if period is None else (period.first, period.end),
        busiest_phase=connection.execute(BUSIEST_PHASE, bound).scalar_one_or_none(),
        run_id=live.run_id,
        excel_sha256=live.excel_sha256,
        facts=dict(connection.execute(FIGURES, bound).mappings().one()),
        orders=orders,
        phases_by_order={work_order_id: counted.get(work_order_id, 0) for work_order_id in asked},
    )
