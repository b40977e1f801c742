"""Orders, lead time, on-time delivery and errors by product. Definitions: docs/kpis.md, "By product"."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import Field

from app.planning.indicators.kpis import JUDGED, ORDERS, WORKED
from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.errors_alone import is_error
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.period import Period
from app.ratios import ratio

_WHOLE = f"""
    WITH ordered AS (
        SELECT product_id, {ORDERS}, count(*) AS quality_orders FROM ({JUDGED}) AS judged GROUP BY product_id
    ), errors AS (
        SELECT o.product_id, count(*) AS quality_errors
          FROM core.quality_errors AS e
          JOIN core.work_orders AS o ON o.run_id = :run_id AND o.work_order_id = e.work_order_id
         WHERE e.run_id = :run_id AND {is_error("e")}
         GROUP BY o.product_id
    )"""
_OF_PERIOD = f"""
    WITH {WORKED}, ordered AS (
        SELECT product_id, {ORDERS},
               count(*) FILTER (WHERE work_order_id IN (SELECT work_order_id FROM touched)) AS quality_orders
          FROM ({JUDGED}) AS judged GROUP BY product_id
    ), errors AS (
        SELECT o.product_id, count(*) AS quality_errors
          FROM error JOIN core.work_orders AS o ON o.run_id = :run_id AND o.work_order_id = error.work_order_id
         GROUP BY o.product_id
    )"""
_LISTED = """
    SELECT ordered.*, pr.name AS product_name, coalesce(errors.quality_errors, 0) AS quality_errors
      FROM ordered
      LEFT JOIN errors USING (product_id)
      LEFT JOIN core.products AS pr ON pr.run_id = :run_id AND pr.product_id = ordered.product_id
     WHERE orders + completed_orders + due_orders + quality_orders > 0
     ORDER BY orders DESC, completed_orders DESC, product_id"""
WHOLE, OF_PERIOD = sa.text(_WHOLE + _LISTED), sa.text(_OF_PERIOD + _LISTED)


class ProductFigures(Answer):
    """The orders of one product; with a period, those whose event lies in it, as in the overview."""

    product_id: int
    product_name: str | None = Field(description="null: the product is not in Modelos")
    orders: int = Field(description="with a period: created in it")
    open_orders: int = Field(description="of orders, those without a completion")
    completed_orders: int = Field(description="with a period: completed in it, whenever created")
    lead_time_orders: int = Field(description="completed orders whose completion does not precede their creation")
    lead_time_mean_days: Figure | None
    lead_time_p50_days: Figure | None
    lead_time_p90_days: Figure | None
    completed_before_created_orders: int = Field(description="left out of the lead times")
    delivery_orders: int = Field(description="completed orders with a transport date")
    on_time_orders: int
    on_time_delivery_ratio: Figure | None = Field(description="on_time_orders / delivery_orders; null: none to judge")
    due_orders: int = Field(
        description="orders whose transport day is before as_of's day, completed or not; with a period: that day lies "
        "in it"
    )
    due_on_time_orders: int = Field(description="of these, completed by their transport day")
    on_time_delivery_by_due_ratio: Figure | None = Field(
        description="due_on_time_orders / due_orders; null: none was due"
    )
    quality_errors: int = Field(description="that name its orders; with a period: judged in it")
    quality_orders: int = Field(
        description="all its orders; with a period: those of which an execution was finished in it, or that an error "
        "judged in it names"
    )
    quality_errors_per_order: Figure | None = Field(description="quality_errors / quality_orders; null: no orders")


class ProductKpis(Answer):
    """One page of the products with an order (of the period): most orders first, then most completed, by number."""

    products_total: int = Field(description="products on all pages together")
    products: list[ProductFigures]


def by_product(connection: sa.Connection, run: Run, period: Period, *, limit: int, offset: int) -> ProductKpis:
    """At most `limit` products after the first `offset` of the list. Rests on the gate produto_join."""
    statement = WHOLE if period == Period(None, None) else OF_PERIOD
    rows = connection.execute(statement, run.bound(**period.bound(run.as_of))).mappings().all()
    return ProductKpis(
        products_total=len(rows),
        products=[
            ProductFigures(
                **row,
                on_time_delivery_ratio=ratio(row["on_time_orders"], row["delivery_orders"]),
                on_time_delivery_by_due_ratio=ratio(row["due_on_time_orders"], row["due_orders"]),
                quality_errors_per_order=ratio(row["quality_errors"], row["quality_orders"]),
            )
            for row in rows[offset : offset + limit]
        ],
    )
