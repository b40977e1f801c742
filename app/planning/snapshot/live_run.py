"""The live run of a plant: resolved once per request, and bound into every statement after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from app.contract.quality_issues import WARNINGS
from app.database.schema.audit import data_quality_issues, ingestion_runs
from app.database.schema.publication import current_snapshot, snapshot_facts
from app.planning.snapshot.standing import OpenOrderStanding, standing_of

_live, _run, _facts, _issue = current_snapshot.c, ingestion_runs.c, snapshot_facts.c, data_quality_issues.c
_warning = sa.func.jsonb_build_object(
    "code", _issue.code, "sheet", _issue.sheet, "rows", _issue.row_count, "detail", _issue.detail
)
OF_A_RUN = (
    _run.run_id,
    _run.plant,
    _run.excel_sha256,
    _run.workbook_name,
    _facts.as_of,
    _facts.open_by_standing,
    sa.select(sa.func.jsonb_agg(aggregate_order_by(_warning, _issue.sheet, _issue.code), type_=JSONB))
    .where(_issue.run_id == _run.run_id, _issue.code.in_(WARNINGS))
    .correlate(ingestion_runs)
    .scalar_subquery()
    .label("warnings"),
)
"""Columns that make a Run, with `published_at` beside them."""
LIVE_RUN = (
    sa.select(*OF_A_RUN, _live.published_at)
    .select_from(
        current_snapshot.join(ingestion_runs, _run.run_id == _live.run_id).join(
            snapshot_facts, _facts.run_id == _live.run_id
        )
    )
    .where(_live.plant == sa.bindparam("plant"))
)


class PlanningError(Exception):
    """An error of the planning figures; its subclasses say which. `code` is stable."""

    code = "PLANNING_ERROR"


class NoLiveRun(PlanningError):
    """The plant has no published run yet: nothing can be answered."""

    code = "NO_DATA"


@dataclass(frozen=True, slots=True)
class SheetWarning:
    """A warning of the run about a sheet. rows: number of rows, or values, concerned. detail: its sentence."""

    code: str
    sheet: str
    rows: int
    detail: str


@dataclass(frozen=True, slots=True)
class Run:
    """One published snapshot.

    as_of: its latest event, naive factory-local; None when the run holds no stamp at all. published_at: with its zone.
    warnings: what it was published with, by sheet. open_by_standing: its open orders, counted.
    is_live: False for a kept run that was asked for by its number.
    """

    run_id: int
    plant: str
    excel_sha256: str
    workbook_name: str
    published_at: dt.datetime
    as_of: dt.datetime | None
    warnings: tuple[SheetWarning, ...] = ()
    open_by_standing: Mapping[str, int] = field(default_factory=dict)
    is_live: bool = True

    @property
    def standing(self) -> OpenOrderStanding:
        """Its open orders by standing."""
        return standing_of(self.open_by_standing)

    @property
    def age(self) -> dt.timedelta | None:
        """Time since its latest event, by this machine's local clock, which must be the factory's (TZ)."""
        return None if self.as_of is None else dt.datetime.now() - self.as_of  # noqa: DTZ005

    def bound(self, **parameters: object) -> dict[str, object]:
        """Parameters of a statement about this run: run_id, as_of and those given."""
        return {"run_id": self.run_id, "as_of": self.as_of, **parameters}


def resolve_run(connection: sa.Connection, plant: str) -> Run:
    """The plant's live run. Raises NoLiveRun."""
    row = connection.execute(LIVE_RUN, {"plant": plant}).one_or_none()
    if row is None:
        raise NoLiveRun(f"Plant {plant} has no published run: ingest a workbook first.")
    return run_of(row)


def run_of(row: Any, *, is_live: bool = True) -> Run:
    """The run of a row with OF_A_RUN and `published_at`."""
    return Run(
        row.run_id,
        row.plant,
        row.excel_sha256,
        row.workbook_name,
        row.published_at,
        row.as_of,
        tuple(SheetWarning(**one) for one in row.warnings or ()),
        row.open_by_standing,
        is_live,
    )
