"""Lead times: percentiles, a histogram, and by product. Definitions: docs/kpis.md, "Lead times"."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from pydantic import Field

from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.period import Period, within

EDGES_DAYS = (0, 7, 14, 21, 28, 42, 56, 84, 112, 168, 365)
RANKS = {"p10": 0.1, "p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95}
LEAD = f"""
    WITH lead AS MATERIALIZED (
        SELECT product_id, date_part('epoch', completed_at - created_at) / 86400 AS days
          FROM core.work_orders
         WHERE run_id = :run_id AND completed_at >= created_at AND (:is_whole OR {within("completed_at")})
           AND (CAST(:product AS bigint) IS NULL OR product_id = :product)
    )"""
_RANKED = ", ".join(f"percentile_cont({rank}) WITHIN GROUP (ORDER BY days) AS {name}" for name, rank in RANKS.items())
_BARS = ", ".join(
    f"count(*) FILTER (WHERE days >= {first} AND days < {end}) AS bar_{place}"
    for place, (first, end) in enumerate(pairwise((*EDGES_DAYS, "'infinity'")))
)
OVERALL = sa.text(f"{LEAD} SELECT count(*) AS orders, avg(days) AS mean, {_RANKED}, {_BARS} FROM lead")
BY_PRODUCT = f"""{LEAD}
    SELECT l.*, {{name}} AS product_name
      FROM (SELECT product_id, count(*) AS orders, avg(days) AS mean, {_RANKED} FROM lead GROUP BY product_id) AS l
      {{products}}
     ORDER BY l.orders DESC, l.product_id LIMIT :limit OFFSET :offset"""
PRODUCTS = "LEFT JOIN core.products AS pr ON pr.run_id = :run_id AND pr.product_id = l.product_id"
NAMED = sa.text(BY_PRODUCT.format(name="pr.name", products=PRODUCTS))
UNNAMED = sa.text(BY_PRODUCT.format(name="NULL", products=""))
TOTAL = sa.text(f"{LEAD} SELECT count(DISTINCT product_id) FROM lead")


class LeadTimes(Answer):
    """Lead times of some orders, in days of 24 h; null: there are none."""

    orders: int
    mean_days: Figure | None
    p10_days: Figure | None
    p50_days: Figure | None
    p75_days: Figure | None
    p90_days: Figure | None
    p95_days: Figure | None


class ProductLeadTimes(LeadTimes):
    """Lead times of the orders of one product."""

    product_id: int
    product_name: str | None = Field(description="null: unknown product, or the data does not support names")


class LeadTimeBar(Answer):
    """Orders with a lead time within these days."""

    from_days: int = Field(description="inclusive")
    to_days: int | None = Field(description="exclusive; null: no end")
    orders: int


class LeadTimeDistribution(Answer):
    """Lead times of completed orders, whole, as a histogram and by product."""

    overall: LeadTimes
    histogram: list[LeadTimeBar]
    by_product_total: int
    by_product: list[ProductLeadTimes] = Field(description="most orders first, then by number; a page")


def lead_times(
    connection: sa.Connection,
    run: Run,
    period: Period | None = None,
    *,
    product: int | None = None,
    limit: int,
    offset: int,
    product_names: bool,
) -> LeadTimeDistribution:
    """Lead times of the orders completed in the run or in a period; of one product if it is named."""
    days = (period or Period(None, None)).bound(run.as_of)
    bound = run.bound(**days, is_whole=period is None, product=product, limit=limit, offset=offset)
    row = connection.execute(OVERALL, bound).mappings().one()
    ends = [*EDGES_DAYS[1:], None]
    return LeadTimeDistribution(
        overall=LeadTimes(**_figures(row)),
        histogram=[
            LeadTimeBar(from_days=first, to_days=end, orders=row[f"bar_{place}"])
            for place, (first, end) in enumerate(zip(EDGES_DAYS, ends, strict=True))
        ],
        by_product_total=connection.execute(TOTAL, bound).scalar_one(),
        by_product=[
            ProductLeadTimes(product_id=one["product_id"], product_name=one["product_name"], **_figures(one))
            for one in connection.execute(NAMED if product_names else UNNAMED, bound).mappings()
        ],
    )


def _figures(row: Any) -> dict[str, Any]:
    return {"orders": row["orders"], "mean_days": row["mean"], **{f"{name}_days": row[name] for name in RANKS}}
