"""Changes between two runs."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, Field

from app.api.schemas.answered import Answered
from app.planning.changes.changed_rows import ChangedRow
from app.planning.changes.compared_runs import ComparedRuns
from app.planning.changes.order_changes import ChangedOrder
from app.planning.snapshot.kept_run import KeptRuns
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.local_time import LocalTime


class EarlierRun(BaseModel):
    """The run that the answer's own run is compared with."""

    run_id: int
    workbook_name: str
    published_at: dt.datetime
    as_of: LocalTime | None


def earlier(run: Run) -> EarlierRun:
    """The run as an answer names it."""
    return EarlierRun(
        run_id=run.run_id, workbook_name=run.workbook_name, published_at=run.published_at, as_of=run.as_of
    )


class KeptRunsAnswer(Answered, KeptRuns):
    """The kept runs."""


class ChangesAnswer(Answered, ComparedRuns):
    """Two runs side by side, and one page of the rows that differ."""

    from_run: EarlierRun
    rows: list[ChangedRow]
    next_cursor: str | None = Field(description="continues after this page of rows; null: this was the last")


class ChangedOrdersAnswer(Answered):
    """One page of the orders that changed, in words."""

    from_run: EarlierRun
    orders: list[ChangedOrder]
    next_cursor: str | None = Field(description="continues after this page; null: this was the last")
