"""The phases and products where errors are most likely, the critical ones first. Definitions: docs/kpis.md, "Quality
risk"."""

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

RATE = "null: fewer than minimum_population"


class SeverityRates(Answer):
    """Errors of each severity per execution, or per order. Null: the population is below minimum_population."""

    severity_1: Figure | None
    severity_2: Figure | None
    severity_3: Figure | None


class PhaseRisk(Answer):
    """One judging phase."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    finished_phases: int = Field(description="executions of the phase that were finished: the population")
    errors: int
    by_severity: SeverityCounts
    errors_per_finished_phase: Figure | None = Field(description=f"errors / finished_phases; {RATE}")
    rates: SeverityRates


class ProductRisk(Answer):
    """One product."""

    product_id: int
    product_name: str | None = Field(description="null: the product is not in Modelos")
    orders: int = Field(description="of the product: the population")
    errors: int
    by_severity: SeverityCounts
    errors_per_order: Figure | None = Field(description=f"errors / orders; {RATE}")
    rates: SeverityRates


class QualityRisk(Answer):
    """Phases and products with errors: the highest rate of severity 3 first, then of 2, then of 1; without rates last,
    by their numbers of errors in the same way."""

    minimum_population: int = Field(description="with fewer executions or orders there are no rates")
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
    per = rated(minimum_population)
    phases = [
        PhaseRisk(
            phase_id=one.phase_id,
            phase_name=one.phase_name,
            finished_phases=one.finished_phases,
            errors=one.errors,
            by_severity=one.by_severity,
            errors_per_finished_phase=per(one.errors, one.finished_phases),
            rates=rates_of(one.by_severity, one.finished_phases, per),
        )
        for one in judging_phases(connection, run, chosen)
    ]
    of_products = _of_products(connection, run, chosen, per) if products else []
    return QualityRisk(
        minimum_population=minimum_population,
        phases_total=len(phases),
        phases=ranked(phases, lambda one: one.phase_id)[:limit],
        products_total=len(of_products) if products else None,
        products=ranked(of_products, lambda one: one.product_id)[:limit] if products else None,
    )


Rate = Callable[[int, int], float | None]


def _of_products(connection: sa.Connection, run: Run, chosen: ErrorFilter, per: Rate) -> list[ProductRisk]:
    return [
        ProductRisk(
            product_id=one.product_id,
            product_name=one.product_name,
            orders=one.orders,
            errors=one.errors,
            by_severity=one.by_severity,
            errors_per_order=per(one.errors, one.orders),
            rates=rates_of(one.by_severity, one.orders, per),
        )
        for one in judged_products(connection, run, chosen)
    ]


def rated(minimum_population: int) -> Rate:
    """errors / population; None below the minimum population, which is at least 1."""
    return lambda errors, population: errors / population if population >= minimum_population else None


def rates_of(errors: SeverityCounts, population: int, per: Rate) -> SeverityRates:
    """The rate of each severity."""
    return SeverityRates(
        **{f"severity_{level}": per(int(getattr(errors, f"severity_{level}")), population) for level in SEVERITIES}
    )


Ranked = TypeVar("Ranked", PhaseRisk, ProductRisk)


def ranked(found: list[Ranked], number: Callable[[Ranked], int]) -> list[Ranked]:
    """The highest rates first, the most severe before the others; those without rates last, by counts; then by number.

    Severities are ranks, and no weights: nothing says that three minor errors are as bad as a critical one.
    """
    worst_first = [f"severity_{level}" for level in reversed(SEVERITIES)]

    def place(one: Ranked) -> tuple[bool, list[float], int]:
        has_rates = one.rates.severity_1 is not None
        compared = one.rates if has_rates else one.by_severity
        return not has_rates, [-getattr(compared, name) for name in worst_first], number(one)

    return sorted(found, key=place)
