"""The standard route of a product. Definitions: docs/kpis.md, "Standard route"."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import Field

from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run

ROUTE = sa.text("""
    SELECT r.sequence, r.phase_id, ph.name AS phase_name, r.coefficient, r.coefficient_x
      FROM core.standard_routes AS r
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = r.phase_id
     WHERE r.run_id = :run_id AND r.product_id = :product_id
     ORDER BY r.sequence, r.phase_id
""")
PRODUCT_NAME = sa.text("SELECT name FROM core.products WHERE run_id = :run_id AND product_id = :product_id")


class RouteStep(Answer):
    """One step. The coefficients are the ERP's standard-time factors; the source states no unit."""

    sequence: int
    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    coefficient: Figure
    coefficient_x: Figure


class StandardRoute(Answer):
    """A product's steps in order; sequences may have gaps, and a phase may come twice."""

    product_id: int
    product_name: str | None = Field(description="null: unknown product, or the data does not support names")
    steps: list[RouteStep]


def standard_route(
    connection: sa.Connection, run: Run, product_id: int, *, product_names: bool
) -> StandardRoute | None:
    """The product's standard route; None when the run has none for it. Rests on the gate standard_route."""
    parameters = run.bound(product_id=product_id)
    steps = [RouteStep.model_validate(dict(row)) for row in connection.execute(ROUTE, parameters).mappings()]
    if not steps:
        return None
    name = connection.execute(PRODUCT_NAME, parameters).scalar_one_or_none() if product_names else None
    return StandardRoute(product_id=product_id, product_name=name, steps=steps)
