"""Quality errors by description, the most frequent first. Definitions: docs/kpis.md, "Pareto of the errors"."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from typing import Any

import sqlalchemy as sa
from pydantic import Field

from app.planning.quality import judged_errors
from app.planning.quality.judged_errors import ALL, ErrorFilter
from app.planning.quality.quality import counts
from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run
from app.ratios import ratio

EVERY = 2**31 - 1


class ParetoEntry(Answer):
    """The errors of one description, as the source writes it."""

    description: str
    errors: int
    errors_ratio: Figure | None = Field(description="of the errors of the list")
    cumulative_ratio: Figure | None = Field(description="these and all above them, of the errors of the list")


class Pareto(Answer):
    """The descriptions of the errors of the run, or of a period, phase or product."""

    errors: int
    descriptions: list[ParetoEntry] = Field(description="most errors first")


class PhasePareto(Answer):
    """The errors that one phase judged, by description."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    errors: int
    errors_ratio: Figure = Field(description="of all errors that count")
    descriptions: list[ParetoEntry] = Field(description="most errors first; their ratios are of the phase's errors")


class ParetoByPhase(Answer):
    """The descriptions of the errors of each judging phase, the phase with most errors first, then by number."""

    errors: int
    phases: list[PhasePareto]


class ProductPareto(Answer):
    """The errors of one product's orders, by description."""

    product_id: int
    product_name: str | None = Field(description="null: the product is not in Modelos")
    errors: int
    errors_ratio: Figure = Field(description="of all errors that count, those of unknown orders too")
    descriptions: list[ParetoEntry] = Field(description="most errors first; their ratios are of the product's errors")


class ParetoByProduct(Answer):
    """A page of the products whose orders have errors, with their descriptions: most errors first, then by number."""

    errors: int
    errors_of_unknown_orders: int = Field(description="errors whose order is not in the run, so of no product")
    products_total: int = Field(description="products on all pages together")
    products: list[ProductPareto]


def pareto(connection: sa.Connection, run: Run, chosen: ErrorFilter = ALL) -> Pareto:
    """Errors by description with their shares, alone and added up."""
    statement = sa.text(judged_errors.by_description(chosen))
    rows = connection.execute(statement, chosen.bound(run) | {"most": EVERY}).all()
    return Pareto(errors=_errors_in(rows), descriptions=_entries(rows))


def pareto_by_phase(connection: sa.Connection, run: Run, chosen: ErrorFilter = ALL) -> ParetoByPhase:
    """Errors by the phase that judged and description."""
    statement = sa.text(judged_errors.by_phase_and_description(chosen))
    groups = _grouped(connection.execute(statement, chosen.bound(run)), "phase_id")
    whole = sum(map(_errors_in, groups))
    phases = [
        PhasePareto(phase_id=rows[0].phase_id, phase_name=rows[0].phase_name, **_members(rows, whole))
        for rows in groups
    ]
    return ParetoByPhase(errors=whole, phases=phases)


def pareto_by_product(
    connection: sa.Connection, run: Run, chosen: ErrorFilter = ALL, *, limit: int, offset: int
) -> ParetoByProduct:
    """Errors by product and description: at most `limit` products after the first `offset`.

    Rests on the gate produto_join.
    """
    statement = sa.text(judged_errors.by_product_and_description(chosen))
    groups = _grouped(connection.execute(statement, chosen.bound(run)), "product_id")
    whole = counts(connection, run, chosen).quality_errors
    products = [
        ProductPareto(product_id=rows[0].product_id, product_name=rows[0].product_name, **_members(rows, whole))
        for rows in groups[offset : offset + limit]
    ]
    return ParetoByProduct(
        errors=whole,
        errors_of_unknown_orders=whole - sum(map(_errors_in, groups)),
        products_total=len(groups),
        products=products,
    )


def _grouped(rows: Iterable[Any], number: str) -> list[list[Any]]:
    """The rows of each phase or product, in their order; the group with most errors first, then by number."""
    groups: dict[int, list[Any]] = {}
    for row in rows:
        groups.setdefault(getattr(row, number), []).append(row)
    return [groups[one] for one in sorted(groups, key=lambda one: (-_errors_in(groups[one]), one))]


def _members(rows: list[Any], whole: int) -> dict[str, Any]:
    errors = _errors_in(rows)
    return {"errors": errors, "errors_ratio": errors / whole, "descriptions": _entries(rows)}


def _errors_in(rows: Iterable[Any]) -> int:
    return sum(row.errors for row in rows)


def _entries(rows: Iterable[Any]) -> list[ParetoEntry]:
    """Descriptions, most errors first, with their shares of these rows."""
    listed = list(rows)
    sums = list(accumulate(row.errors for row in listed))
    return [
        ParetoEntry(
            description=row.description,
            errors=row.errors,
            errors_ratio=ratio(row.errors, sums[-1]),
            cumulative_ratio=ratio(so_far, sums[-1]),
        )
        for row, so_far in zip(listed, sums, strict=True)
    ]
