"""Quality errors against what could have gone wrong. Definitions: docs/kpis.md, "Quality by phase" and "by product"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from pydantic import Field

from app.planning.quality import judged_errors
from app.planning.quality.judged_errors import ALL, ErrorFilter
from app.planning.quality.quality import SEVERITIES, SeverityCounts, counts
from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.errors_alone import is_error
from app.planning.snapshot.live_run import Run
from app.ratios import ratio

BY_PHASE = sa.text(f"""
    WITH touched AS (
        SELECT phase_id, count(*) AS orders
          FROM (SELECT DISTINCT e.evaluation_phase_id AS phase_id, e.work_order_id
                  FROM core.quality_errors AS e WHERE e.run_id = :run_id AND {is_error("e")}) AS pairs
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


class PhaseQuality(Answer):
    """The judgements of one phase: its errors against its executions."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    errors: int
    by_severity: SeverityCounts
    orders_with_errors: int = Field(description="order numbers that these errors name")
    finished_phases: int = Field(
        description="executions of the phase that were finished: of the period, of the product"
    )
    errors_per_finished_phase: Figure | None = Field(description="errors / finished_phases; null: none was finished")


class QualityByPhase(Answer):
    """The phases that judged an error, most errors first, then by number."""

    errors: int
    phases: list[PhaseQuality]


class ProductQuality(Answer):
    """The errors of one product's orders."""

    product_id: int
    product_name: str | None = Field(description="null: the product is not in Modelos")
    orders: int = Field(
        description="of the product, with and without errors; with a period or a phase: worked on in it"
    )
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


def quality_by_phase(connection: sa.Connection, run: Run, chosen: ErrorFilter = ALL) -> QualityByPhase:
    """Errors, orders and rate per finished execution by judging phase."""
    phases = judging_phases(connection, run, chosen)
    return QualityByPhase(errors=sum(phase.errors for phase in phases), phases=phases)


def quality_by_product(
    connection: sa.Connection, run: Run, chosen: ErrorFilter = ALL, *, limit: int, offset: int
) -> QualityByProduct:
    """At most `limit` products after the first `offset` of the list. Rests on the gate produto_join."""
    whole = counts(connection, run, chosen)
    products = judged_products(connection, run, chosen)
    return QualityByProduct(
        errors=whole.quality_errors,
        errors_of_unknown_orders=whole.errors_of_unknown_orders,
        products_total=len(products),
        products=products[offset : offset + limit],
    )


def judging_phases(connection: sa.Connection, run: Run, chosen: ErrorFilter = ALL) -> list[PhaseQuality]:
    """The phases that judged an error."""
    statement = BY_PHASE if chosen == ALL else sa.text(judged_errors.by_judging_phase(chosen))
    return [
        PhaseQuality(**_nested(row), errors_per_finished_phase=ratio(row["errors"], row["finished_phases"]))
        for row in connection.execute(statement, chosen.bound(run)).mappings()
    ]


def judged_products(connection: sa.Connection, run: Run, chosen: ErrorFilter = ALL) -> list[ProductQuality]:
    """The products with an error. Rests on the gate produto_join."""
    statement = sa.text(judged_errors.by_product(chosen))
    return [
        ProductQuality(
            **_nested(row),
            orders_with_errors_ratio=row["orders_with_errors"] / row["orders"],
            errors_per_order=row["errors"] / row["orders"],
        )
        for row in connection.execute(statement, chosen.bound(run)).mappings()
    ]


def _nested(row: Mapping[Any, Any]) -> dict[str, Any]:
    severities = {f"severity_{level}": row[f"severity_{level}"] for level in SEVERITIES}
    return {name: value for name, value in row.items() if name not in severities} | {
        "by_severity": SeverityCounts(**severities)
    }
