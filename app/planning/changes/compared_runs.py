"""Two runs side by side: rows by sheet, orders by kind, figures. Definitions: docs/kpis.md, "What changed"."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from pydantic import BaseModel, Field

from app.planning.changes.changed_rows import SheetChanges, counted_changes
from app.planning.changes.order_changes import KindOrders, counted_orders
from app.planning.indicators.kpis import overview
from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run


class FigureChange(Answer):
    """One figure of the overview in both runs."""

    figure: str = Field(description="as in /api/kpis/overview; members of standing behind a dot")
    before: Figure | None
    after: Figure | None
    change: Figure | None = Field(description="after - before; null: one of them is")


class ComparedRuns(Answer):
    """Two runs, counted over the whole of both."""

    sheets: list[SheetChanges]
    order_kinds: list[KindOrders]
    figures: list[FigureChange]


def compared_runs(connection: sa.Connection, before: Run, after: Run) -> ComparedRuns:
    """Count what changed from one run to another."""
    return ComparedRuns(
        sheets=counted_changes(connection, before.run_id, after.run_id),
        order_kinds=counted_orders(connection, before.run_id, after.run_id),
        figures=list(_side_by_side(connection, before, after)),
    )


def _side_by_side(connection: sa.Connection, before: Run, after: Run) -> Iterator[FigureChange]:
    earlier, later = (dict(_numbers(overview(connection, run, None))) for run in (before, after))
    for name, now in later.items():
        was = earlier[name]
        yield FigureChange(figure=name, before=was, after=now, change=None if was is None or now is None else now - was)


def _numbers(result: BaseModel, prefix: str = "") -> Iterator[tuple[str, float | None]]:
    for name, value in result:
        if isinstance(value, BaseModel):
            yield from _numbers(value, f"{name}.")
        elif value is None or isinstance(value, int | float):
            yield f"{prefix}{name}", value
