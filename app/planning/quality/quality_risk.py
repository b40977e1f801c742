"""The phases and products where errors are most likely, and severe. Definitions: docs/kpis.md, "Quality risk"."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa
from pydantic import Field

from app.planning.quality.judged_errors import ALL, ErrorFilter
from app.planning.quality.quality import SEVERITIES, SeverityCounts
from app.planning.quality.quality_rates import judged_products, judging_phases
from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run

SCORE = "null: fewer than minimum_population"


class PhaseRisk(Answer):
    """One judging phase."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    errors: int
    severity_weighted_errors: int = Field(description="sum of the errors' severities, 1 to 3")
    finished_phases: int = Field(description="executions of the phase that were finished: the population")
    risk_score: Figure | None = Field(description=f"severity_weighted_errors / finished_phases; {SCORE}")


class ProductRisk(Answer):
    """One product."""

    product_id: int
    product_name: str | None = Field(description="null: the product is not in Modelos")
    errors: int
    severity_weighted_errors: int = Field(description="sum of the errors' severities, 1 to 3")
    orders: int = Field(description="of the product: the population")
    risk_score: Figure | None = Field(description=f"severity_weighted_errors / orders; {SCORE}")


class QualityRisk(Answer):
    """Phases and products with errors, the highest score first; without score last, the most weighted errors first."""

    minimum_population: int = Field(description="with fewer executions or orders there is no score")
    phases_total: int = Field(description="phases that judged an error")
    phases: list[PhaseRisk]
    products_total: int | None = Field(description="products with an error; null: the data does not support products")
    products: list[ProductRisk] | None = Field(description="null: the data does not support products")


def quality_risk(
    connection: sa.Connection,
    run: Run,
    chosen: ErrorFilter = ALL,
    *,
    minimum_population: int,
    limit: int,
    products: bool,
) -> QualityRisk:
    """At most `limit` phases and as many products by risk.

    products: False leaves all that rests on products null, because the data does not support the join.
    """
    score = scored(minimum_population)
    phases = [
        PhaseRisk(
            phase_id=one.phase_id,
            phase_name=one.phase_name,
            errors=one.errors,
            severity_weighted_errors=weighted(one.by_severity),
            finished_phases=one.finished_phases,
            risk_score=score(weighted(one.by_severity), one.finished_phases),
        )
        for one in judging_phases(connection, run, chosen)
    ]
    of_products = _of_products(connection, run, chosen, score) if products else []
    return QualityRisk(
        minimum_population=minimum_population,
        phases_total=len(phases),
        phases=ranked(phases, lambda one: one.phase_id)[:limit],
        products_total=len(of_products) if products else None,
        products=ranked(of_products, lambda one: one.product_id)[:limit] if products else None,
    )


def _of_products(
    connection: sa.Connection, run: Run, chosen: ErrorFilter, score: Callable[[int, int], float | None]
) -> list[ProductRisk]:
    return [
        ProductRisk(
            product_id=one.product_id,
            product_name=one.product_name,
            errors=one.errors,
            severity_weighted_errors=weighted(one.by_severity),
            orders=one.orders,
            risk_score=score(weighted(one.by_severity), one.orders),
        )
        for one in judged_products(connection, run, chosen)
    ]


def weighted(errors: SeverityCounts) -> int:
    """The sum of the severities: a critical error counts three times a minor one."""
    return sum(level * int(getattr(errors, f"severity_{level}")) for level in SEVERITIES)


def scored(minimum_population: int) -> Callable[[int, int], float | None]:
    """weighted errors / population; None below the minimum population, which is at least 1."""
    return lambda errors, population: errors / population if population >= minimum_population else None


Ranked = TypeVar("Ranked", PhaseRisk, ProductRisk)


def ranked(found: list[Ranked], number: Callable[[Ranked], int]) -> list[Ranked]:
    """The highest score first; those without one last, the most weighted errors first; then by number."""
    return sorted(
        found,
        key=lambda one: (one.risk_score is None, -(one.risk_score or 0), -one.severity_weighted_errors, number(one)),
    )
