"""A phase, a product and a period that narrow an answer. Definitions: docs/kpis.md, "One phase, one product"."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from app.planning.snapshot.live_run import Run
from app.planning.snapshot.period import Period
from app.planning.snapshot.standing import IN_SCOPE, Include, orders_in, standings_in

OF_PRODUCT_AND_DUE = """(CAST(:product AS bigint) IS NULL OR o.product_id = :product)
           AND (CAST(:due_from AS timestamp) IS NULL OR o.transport_at >= :due_from)
           AND (CAST(:due_to AS timestamp) IS NULL OR o.transport_at < :due_to)"""
"""SQL: the order `o` is of the product, and has its transport date in the period."""
AT_PHASE_OF_PRODUCT = f"""(CAST(:phase AS bigint) IS NULL OR o.phase_id = :phase)
           AND {OF_PRODUCT_AND_DUE}"""
"""SQL: moreover the order is at the phase."""
COUNTED = sa.text(f"""
    SELECT count(*) FROM core.work_orders AS o
     WHERE o.run_id = :run_id AND {IN_SCOPE} AND {AT_PHASE_OF_PRODUCT}
""")


@dataclass(frozen=True, slots=True)
class Narrowing:
    """None leaves a side open. due: the period of the transport date."""

    phase: int | None = None
    product: int | None = None
    due: Period | None = None

    def bound(self) -> dict[str, int | dt.date | None]:
        """Parameters of AT_PHASE_OF_PRODUCT."""
        due = self.due or Period(None, None)
        return {"phase": self.phase, "product": self.product, "due_from": due.first_day, "due_to": due.end_day}


WHOLE = Narrowing()


def orders_among(connection: sa.Connection, run: Run, include: Include | None, narrowing: Narrowing) -> int:
    """The number of open orders in this scope that are at the phase, and of the product."""
    if narrowing == WHOLE:
        return orders_in(run.standing, include)
    parameters = run.bound(standings=standings_in(include), **narrowing.bound())
    found: int = connection.execute(COUNTED, parameters).scalar_one()
    return found
