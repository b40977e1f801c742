"""Key figures by published run, also of runs whose snapshot is gone. Definitions: docs/kpis.md, "By run"."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from pydantic import Field

from app.database.schema.audit import ingestion_runs, published_figures
from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.local_time import LocalTime
from app.ratios import ratio

_figures, _run = published_figures.c, ingestion_runs.c
_BOTH = published_figures.join(ingestion_runs)
_UP_TO_RUN = sa.and_(_run.plant == sa.bindparam("plant"), _figures.run_id <= sa.bindparam("run_id"))
RUNS = (
    sa.select(published_figures, _run.workbook_name, _run.finished_at.label("first_published_at"))
    .select_from(_BOTH)
    .where(_UP_TO_RUN)
    .order_by(_figures.run_id.desc())
    .limit(sa.bindparam("limit", type_=sa.Integer))
    .offset(sa.bindparam("offset", type_=sa.Integer))
)
COUNTED = sa.select(sa.func.count()).select_from(_BOTH).where(_UP_TO_RUN)


class RunFigures(Answer):
    """Figures of kpis/overview as one run gave them."""

    of_run_id: int = Field(description="the published run")
    workbook_name: str
    first_published_at: dt.datetime | None
    as_of: LocalTime | None
    orders: int
    open_orders: int
    lead_time_p50_days: Figure | None
    due_orders: int
    due_on_time_orders: int
    on_time_delivery_by_due_ratio: Figure | None = Field(description="due_on_time / due; null: nothing was due")
    overdue_orders: int
    throughput_orders: int
    throughput_orders_per_day: Figure
    recent_lead_time_p50_days: Figure | None = Field(description="of the orders completed in that window")
    finished_phases: int
    return_phases: int
    return_ratio: Figure | None = Field(description="return_phases / finished_phases; null: none was finished")
    quality_errors: int


class FiguresByRun(Answer):
    """The published runs up to this one, newest number first, in pages."""

    runs_total: int = Field(description="runs on all pages together")
    runs: list[RunFigures]


def figures_by_run(connection: sa.Connection, run: Run, *, limit: int, offset: int) -> FiguresByRun:
    """At most `limit` runs after the first `offset`."""
    bound = {"plant": run.plant, "run_id": run.run_id}
    rows = connection.execute(RUNS, {**bound, "limit": limit, "offset": offset}).mappings()
    return FiguresByRun(
        runs_total=connection.execute(COUNTED, bound).scalar_one(),
        runs=[
            RunFigures(
                **{name: value for name, value in row.items() if name not in ("run_id", "throughput_window_days")},
                of_run_id=row["run_id"],
                on_time_delivery_by_due_ratio=ratio(row["due_on_time_orders"], row["due_orders"]),
                throughput_orders_per_day=row["throughput_orders"] / row["throughput_window_days"],
                return_ratio=ratio(row["return_phases"], row["finished_phases"]),
            )
            for row in rows
        ],
    )
