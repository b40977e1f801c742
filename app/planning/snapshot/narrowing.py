"""A phase and a product to which an answer is narrowed. Definitions: docs/kpis.md, "One phase, one product"."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.planning.snapshot.live_run import Run
from app.planning.snapshot.standing import IN_SCOPE, Include, orders_in, standings_in

AT_PHASE_OF_PRODUCT = """(CAST(:phase AS bigint) IS NULL OR o.phase_id = :phase)
           AND (CAST(:product AS bigint) IS NULL OR o.product_id = :product)"""
"""SQL: the order `o` is at the phase, and of the product."""
COUNTED = sa.text(f"""
    SELECT count(*) FROM core.work_orders AS o
     WHERE o.run_id = :run_id AND {IN_SCOPE} AND {AT_PHASE_OF_PRODUCT}
""")


@dataclass(frozen=True, slots=True)
class Narrowing:
    """None leaves a side open."""

    phase: int | None = None
    product: int | None = None

    def bound(self) -> dict[str, int | None]:
        """Parameters of AT_PHASE_OF_PRODUCT."""
        return {"phase": self.phase, "product": self.product}


WHOLE = Narrowing()


def orders_among(connection: sa.Connection, run: Run, include: Include | None, narrowing: Narrowing) -> int:
    """The number of open orders in this scope that are at the phase, and of the product."""
    if narrowing == WHOLE:
        return orders_in(run.standing, include)
    parameters = run.bound(standings=standings_in(include), **narrowing.bound())
    found: int = connection.execute(COUNTED, parameters).scalar_one()
    return found
