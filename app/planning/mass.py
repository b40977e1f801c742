"""The mass of the orders in work: weighed, or else by the product's standard. Definitions: docs/kpis.md, "WIP mass"."""

from __future__ import annotations

import math
from typing import Any

import sqlalchemy as sa
from pydantic import Field

from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.narrowing import AT_PHASE_OF_PRODUCT, WHOLE, Narrowing, orders_among
from app.planning.snapshot.standing import IN_SCOPE, Include, OpenOrderStanding, standings_in

STARTED = """
    WITH open_order AS MATERIALIZED (
        SELECT o.work_order_id, o.product_id, o.phase_id
          FROM core.work_orders AS o
         WHERE o.run_id = :run_id AND {in_scope} AND {narrowed}
    ), started AS (
        SELECT o.work_order_id, o.product_id, o.phase_id,
               (array_agg(p.weight_kg ORDER BY p.sequence DESC, p.order_phase_id DESC)
                   FILTER (WHERE p.weight_kg > 0))[1] AS weighed_kg
          FROM open_order AS o
          JOIN core.order_phases AS p ON p.run_id = :run_id AND p.work_order_id = o.work_order_id
         WHERE p.started_at IS NOT NULL OR p.finished_at IS NOT NULL
         GROUP BY o.work_order_id, o.product_id, o.phase_id
    )
    SELECT s.phase_id, ph.name AS phase_name, s.weighed_kg, {standard} AS standard_kg
      FROM started AS s {products}
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = s.phase_id
     ORDER BY ph.sequence NULLS LAST, s.phase_id
"""
PRODUCTS = "LEFT JOIN core.products AS pr ON pr.run_id = :run_id AND pr.product_id = s.product_id"
_OF = {"in_scope": IN_SCOPE, "narrowed": AT_PHASE_OF_PRODUCT}
WITH_STANDARD = sa.text(STARTED.format(**_OF, standard="pr.demould_weight_kg", products=PRODUCTS))
WEIGHED_ONLY = sa.text(STARTED.format(**_OF, standard="NULL", products=""))

UNSUPPORTED = "; null: the data does not support products"


class Mass(Answer):
    """The mass of some started orders; weighed, standard and unknown ones add up to all of them."""

    started_orders: int = Field(description="open orders with a phase started or finished")
    weighed_orders: int = Field(description="orders with a recorded weight at a phase that was begun; the last counts")
    weighed_mass_kg: Figure
    standard_orders: int | None = Field(
        description=f"never weighed, but their product's demoulded weight is known{UNSUPPORTED}"
    )
    standard_mass_kg: Figure | None = Field(description=f"sum of these products' demoulded weights{UNSUPPORTED}")
    unknown_mass_orders: int | None = Field(description=f"neither; they add nothing to mass_kg{UNSUPPORTED}")
    mass_kg: Figure | None = Field(description=f"weighed_mass_kg + standard_mass_kg{UNSUPPORTED}")


class PhaseMass(Mass):
    """The started orders that are at one phase (Of_FaseId)."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")


class MassTotals(Mass):
    """Every order that counts is started or not."""

    open_orders: int = Field(description="production work, and what is included")
    not_started_orders: int = Field(description="nothing of them is there yet: no mass")


class WipMass(Answer):
    """The mass of the work in process at as_of, in the factory's phase order."""

    standing: OpenOrderStanding
    totals: MassTotals
    phases: list[PhaseMass]


def wip_mass(
    connection: sa.Connection, run: Run, include: Include | None = None, narrowing: Narrowing = WHOLE, *, products: bool
) -> WipMass:
    """Mass (kg) of the started orders of production work, and more, by the phase that they are at.

    products: False leaves all that rests on products null, because the data does not support the join.
    """
    statement = WITH_STANDARD if products else WEIGHED_ONLY
    rows = connection.execute(statement, run.bound(standings=standings_in(include), **narrowing.bound())).all()
    standing = run.standing
    open_orders = orders_among(connection, run, include, narrowing)
    at_phase: dict[tuple[int, str | None], list[Any]] = {}
    for row in rows:
        at_phase.setdefault((row.phase_id, row.phase_name), []).append(row)
    return WipMass(
        standing=standing,
        totals=MassTotals(open_orders=open_orders, not_started_orders=open_orders - len(rows), **_mass(rows, products)),
        phases=[
            PhaseMass(phase_id=phase_id, phase_name=name, **_mass(members, products))
            for (phase_id, name), members in at_phase.items()
        ],
    )


def _mass(rows: Any, products: bool) -> dict[str, Any]:
    weighed = [row.weighed_kg for row in rows if row.weighed_kg is not None]
    standard = [row.standard_kg for row in rows if row.weighed_kg is None and (row.standard_kg or 0) > 0]
    return {
        "started_orders": len(rows),
        "weighed_orders": len(weighed),
        "weighed_mass_kg": math.fsum(weighed),
        "standard_orders": len(standard) if products else None,
        "standard_mass_kg": math.fsum(standard) if products else None,
        "unknown_mass_orders": len(rows) - len(weighed) - len(standard) if products else None,
        "mass_kg": math.fsum(weighed + standard) if products else None,
    }
