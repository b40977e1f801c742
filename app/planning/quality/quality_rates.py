"""Quality errors against what could have gone wrong. Definitions: docs/kpis.md, "Quality by phase" and "by product"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from pydantic import Field

from app.planning.quality import judged_errors
from app.planning.quality.quality import SEVERITIES, SeverityCounts
from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.period import Period
from app.ratios import ratio

BY_PHASE = sa.text("""
    WITH touched AS (
        SELECT phase_id, count(*) AS orders
          FROM (SELECT DISTINCT evaluation_phase_id AS phase_id, work_order_id
                  FROM core.quality_errors WHERE run_id = :run_id) AS pairs
         GROUP BY phase_id
    ), judged AS (
        SELECT phase_id, CAST(sum(errors) AS bigint) AS errors,
               CAST(coalesce(sum(errors) FILTER (WHERE severity = 1), 0) AS bigint) AS severity_1,
               CAST(coalesce(sum(errors) FILTER (WHERE severity = 2), 0) AS bigint) AS severity_2,
               CAST(coalesce(sum(errors) FILTER (WHERE severity = 3), 0) AS bigint) AS severity_3
          FROM core.phase_errors
         WHERE run_id = :run_id AND role = 'EVALUATION'
         GROUP BY phase_id
    )
    SELECT judged.*, ph.name AS phase_name, touched.orders AS orders_with_errors,
           coalesce(r.finished_phases, 0) AS finished_phases
      FROM judged
      JOIN touched USING (phase_id)
      LEFT JOIN core.phase_rates AS r ON r.run_id = :run_id AND r.phase_id = judged.phase_id
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = judged.phase_id
     ORDER BY judged.errors DESC, judged.phase_id
""")
OF_PERIOD = sa.text(judged_errors.PER_EXECUTION)
BY_PRODUCT = sa.text("""
    WITH made AS (
        SELECT product_id, count(*) AS orders FROM core.work_orders WHERE run_id = :run_id GROUP BY product_id
    ), judged AS (
        SELECT work_order_id, count(*) AS errors, count(*) FILTER (WHERE severity = 1) AS severity_1,
               count(*) FILTER (WHERE severity = 2) AS severity_2, count(*) FILTER (WHERE severity = 3) AS severity_3
          FROM core.quality_errors WHERE run_id = :run_id GROUP BY work_order_id
    ), errors AS (
        SELECT o.product_id, count(*) AS orders_with_errors, CAST(sum(errors) AS bigint) AS errors,
               CAST(sum(severity_1) AS bigint) AS severity_1, CAST(sum(severity_2) AS bigint) AS severity_2,
               CAST(sum(severity_3) AS bigint) AS severity_3
          FROM judged
          JOIN core.work_orders AS o ON o.run_id = :run_id AND o.work_order_id = judged.work_order_id
         GROUP BY o.product_id
    )
    SELECT errors.*, made.orders, pr.name AS product_name
      FROM errors
      JOIN made USING (product_id)
      LEFT JOIN core.products AS pr ON pr.run_id = :run_id AND pr.product_id = errors.product_id
     ORDER BY errors.errors DESC, errors.product_id
""")
WHOLE = sa.text("""
    SELECT f.quality_errors AS errors, k.errors_of_unknown_orders
      FROM core.snapshot_facts AS f
      JOIN core.key_figures AS k ON k.run_id = :run_id
     WHERE f.run_id = :run_id
""")


class PhaseQuality(Answer):
    """The judgements of one phase: its errors against its executions."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    errors: int
    by_severity: SeverityCounts
    orders_with_errors: int = Field(description="order numbers that these errors name")
    finished_phases: int = Field(description="executions of the phase that were finished; with a period: in it")
    errors_per_finished_phase: Figure | None = Field(description="errors / finished_phases; null: none was finished")


class QualityByPhase(Answer):
    """Every phase that judged an error, most errors first, then by number."""

    errors: int
    phases: list[PhaseQuality]


class ProductQuality(Answer):
    """The errors of one product's orders."""

    product_id: int
    product_name: str | None = Field(description="null: the product is not in Modelos")
    orders: int = Field(description="of the product, with and without errors")
    orders_with_errors: int
    orders_with_errors_ratio: Figure = Field(description="orders_with_errors / orders")
    errors: int
    by_severity: SeverityCounts
    errors_per_order: Figure = Field(description="errors / orders")


class QualityByProduct(Answer):
    """One page of the products whose orders have errors, most errors first, then by number."""

    errors: int
    errors_of_unknown_orders: int = Field(description="errors whose order is not in the run, so of no product")
    products_total: int = Field(description="products on all pages together")
    products: list[ProductQuality]


def quality_by_phase(connection: sa.Connection, run: Run, period: Period | None = None) -> QualityByPhase:
    """Errors, orders and rate per finished execution by judging phase."""
    phases = judging_phases(connection, run, period)
    return QualityByPhase(errors=sum(phase.errors for phase in phases), phases=phases)


def quality_by_product(connection: sa.Connection, run: Run, *, limit: int, offset: int) -> QualityByProduct:
    """At most `limit` products after the first `offset` of the list. Rests on the gate produto_join."""
    whole = connection.execute(WHOLE, run.bound()).one()
    products = judged_products(connection, run)
    return QualityByProduct(
        errors=whole.errors,
        errors_of_unknown_orders=whole.errors_of_unknown_orders,
        products_total=len(products),
        products=products[offset : offset + limit],
    )


def judging_phases(connection: sa.Connection, run: Run, period: Period | None = None) -> list[PhaseQuality]:
    """Every phase that judged an error."""
    bound = run.bound() if period is None else run.bound(**period.bound(run.as_of))
    return [
        PhaseQuality(**_nested(row), errors_per_finished_phase=ratio(row["errors"], row["finished_phases"]))
        for row in connection.execute(BY_PHASE if period is None else OF_PERIOD, bound).mappings()
    ]


def judged_products(connection: sa.Connection, run: Run) -> list[ProductQuality]:
    """Every product with an error. Rests on the gate produto_join."""
    return [
        ProductQuality(
            **_nested(row),
            orders_with_errors_ratio=row["orders_with_errors"] / row["orders"],
            errors_per_order=row["errors"] / row["orders"],
        )
        for row in connection.execute(BY_PRODUCT, run.bound()).mappings()
    ]


def _nested(row: Mapping[Any, Any]) -> dict[str, Any]:
    severities = {f"severity_{level}": row[f"severity_{level}"] for level in SEVERITIES}
    return {name: value for name, value in row.items() if name not in severities} | {
        "by_severity": SeverityCounts(**severities)
    }
