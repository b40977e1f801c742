"""Key figures by published run, also of runs whose snapshot is gone. Definitions: docs/kpis.md, "By run"."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from pydantic import Field

from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.local_time import LocalTime
from app.ratios import ratio

RUNS = sa.text("""
    SELECT p.run_id, i.workbook_name, i.finished_at AS first_published_at, p.as_of, p.orders, p.open_orders,
           p.lead_time_p50_days, p.due_orders, p.due_on_time_orders, p.overdue_orders, p.throughput_window_days,
           p.throughput_orders, p.finished_phases, p.return_phases, p.quality_errors
      FROM audit.published_figures AS p
      JOIN audit.ingestion_runs AS i USING (run_id)
     WHERE i.plant = :plant AND p.run_id <= :run_id
     ORDER BY p.run_id DESC LIMIT :limit OFFSET :offset
""")
COUNTED = sa.text("""
    SELECT count(*) FROM audit.published_figures AS p JOIN audit.ingestion_runs AS i USING (run_id)
     WHERE i.plant = :plant AND p.run_id <= :run_id
""")


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
