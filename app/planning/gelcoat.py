"""Gelcoat of the orders' products by their standard. Definitions: docs/kpis.md, "Theoretical gelcoat"."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import Field

from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.narrowing import AT_PHASE_OF_PRODUCT, WHOLE, Narrowing
from app.planning.snapshot.standing import Include, OpenOrderStanding, standings_in

WINDOW = sa.text("SELECT throughput_window_days FROM core.key_figures WHERE run_id = :run_id")
ORDERS = f"""
    SELECT o.product_id, o.completed_at IS NULL AS is_open, count(*) AS orders, {{columns}}
      FROM core.work_orders AS o {{products}}
     WHERE o.run_id = :run_id AND (o.work_order_id IN (
               SELECT work_order_id FROM core.open_orders WHERE run_id = :run_id AND standing = ANY(:standings))
           OR o.completed_at <= CAST(:as_of AS timestamp)
           AND o.completed_at > CAST(:as_of AS timestamp) - make_interval(hours => :window_hours))
       AND {AT_PHASE_OF_PRODUCT}
     GROUP BY {{grouped}}
"""
QUANTITIES = "pr.name, pr.gelcoat_deck_kg, pr.gelcoat_hull_kg"
PRODUCTS = "LEFT JOIN core.products AS pr ON pr.run_id = :run_id AND pr.product_id = o.product_id"
BY_PRODUCT = sa.text(
    ORDERS.format(
        columns=QUANTITIES,
        products=PRODUCTS,
        grouped=f"o.product_id, is_open, {QUANTITIES}",
    )
)
COUNTED = sa.text(ORDERS.format(columns="NULL AS name", products="", grouped="o.product_id, is_open"))

UNSUPPORTED = "; null: the data does not support products"


class ProductGelcoat(Answer):
    """One product with gelcoat by its standard, and its orders."""

    product_id: int
    product_name: str
    deck_kg_per_order: Figure = Field(description="Produto_QtdGelDeck")
    hull_kg_per_order: Figure = Field(description="Produto_QtdGelCasco")
    open_orders: int
    open_theoretical_kg: Figure = Field(description="open_orders x (deck + hull)")
    completed_orders: int = Field(description="completed within the window that ends at as_of")
    completed_theoretical_kg: Figure = Field(description="completed_orders x (deck + hull)")


class GelcoatOfOrders(Answer):
    """Some orders, and what they take of gelcoat in theory."""

    orders: int
    orders_of_unknown_products: int | None = Field(
        description=f"their product is not in Modelos; they add nothing{UNSUPPORTED}"
    )
    orders_without_gelcoat: int | None = Field(
        description=f"their product's quantities are both 0: takes none, or nobody entered it{UNSUPPORTED}"
    )
    theoretical_deck_kg: Figure | None = Field(description=f"for decks{UNSUPPORTED}")
    theoretical_hull_kg: Figure | None = Field(description=f"for hulls{UNSUPPORTED}")
    theoretical_kg: Figure | None = Field(description=f"both{UNSUPPORTED}")


class GelcoatUsage(Answer):
    """Theoretical usage: the products' standard quantities times orders. The workbook records no real consumption."""

    standing: OpenOrderStanding
    basis: Literal["THEORETICAL"] = "THEORETICAL"
    window_days: int
    open_orders: GelcoatOfOrders = Field(
        description="what production work, and what is included, takes from first to last phase"
    )
    completed_orders: GelcoatOfOrders = Field(description="those completed within the window that ends at as_of")
    products: list[ProductGelcoat] | None = Field(
        description=f"most gelcoat first, open and completed together; products without any are left out{UNSUPPORTED}"
    )


def gelcoat_usage(
    connection: sa.Connection, run: Run, include: Include | None = None, narrowing: Narrowing = WHOLE, *, products: bool
) -> GelcoatUsage:
    """Theoretical gelcoat (kg) of production work, and more, and of the orders completed lately, whole and by product.

    products: False leaves all that rests on products null, because the data does not support the join.
    """
    window_days = connection.execute(WINDOW, run.bound()).scalar_one()
    parameters = run.bound(window_hours=24 * window_days, standings=standings_in(include), **narrowing.bound())
    rows = connection.execute(BY_PRODUCT if products else COUNTED, parameters).all()
    return GelcoatUsage(
        standing=run.standing,
        window_days=window_days,
        open_orders=_taken([row for row in rows if row.is_open], products),
        completed_orders=_taken([row for row in rows if not row.is_open], products),
        products=_by_product(rows) if products else None,
    )


def _taken(rows: Sequence[Any], products: bool) -> GelcoatOfOrders:
    orders = sum(row.orders for row in rows)
    if not products:
        return GelcoatOfOrders(orders=orders, **dict.fromkeys(GelcoatOfOrders.model_fields.keys() - {"orders"}))
    known = [row for row in rows if row.name is not None]
    deck, hull = ([row.orders * getattr(row, f"gelcoat_{part}_kg") for row in known] for part in ("deck", "hull"))
    return GelcoatOfOrders(
        orders=orders,
        orders_of_unknown_products=orders - sum(row.orders for row in known),
        orders_without_gelcoat=sum(row.orders for row in known if not row.gelcoat_deck_kg and not row.gelcoat_hull_kg),
        theoretical_deck_kg=math.fsum(deck),
        theoretical_hull_kg=math.fsum(hull),
        theoretical_kg=math.fsum(deck + hull),
    )


def _by_product(rows: Sequence[Any]) -> list[ProductGelcoat]:
    counts: dict[tuple[Any, ...], dict[bool, int]] = {}
    for row in rows:
        if row.name is not None and (row.gelcoat_deck_kg or row.gelcoat_hull_kg):
            key = (row.product_id, row.name, row.gelcoat_deck_kg, row.gelcoat_hull_kg)
            counts.setdefault(key, {True: 0, False: 0})[row.is_open] = row.orders
    found = [
        ProductGelcoat(
            product_id=product_id,
            product_name=name,
            deck_kg_per_order=deck,
            hull_kg_per_order=hull,
            open_orders=orders[True],
            open_theoretical_kg=orders[True] * (deck + hull),
            completed_orders=orders[False],
            completed_theoretical_kg=orders[False] * (deck + hull),
        )
        for (product_id, name, deck, hull), orders in counts.items()
    ]
    return sorted(found, key=lambda one: (-(one.open_theoretical_kg + one.completed_theoretical_kg), one.product_id))
