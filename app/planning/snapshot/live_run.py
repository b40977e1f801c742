"""The live run of a plant: resolved once per request, and bound into every statement after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from app.planning.snapshot.standing import OpenOrderStanding, standing_of

LIVE_RUN = sa.text("""
    SELECT live.run_id, live.plant, live.published_at, run.excel_sha256, run.workbook_name,
           facts.as_of, facts.open_by_standing,
           (SELECT jsonb_agg(jsonb_build_object('sheet', sheet, 'rows', row_count, 'detail', detail) ORDER BY sheet)
              FROM audit.data_quality_issues AS issue
             WHERE issue.run_id = live.run_id AND issue.code = 'ROWS_REFUSED') AS refused
      FROM core.current_snapshot AS live
      JOIN audit.ingestion_runs AS run USING (run_id)
      JOIN core.snapshot_facts AS facts USING (run_id)
     WHERE live.plant = :plant
""")


class PlanningError(Exception):
    """An error of the planning figures; its subclasses say which. `code` is stable."""

    code = "PLANNING_ERROR"


class NoLiveRun(PlanningError):
    """The plant has no published run yet: nothing can be answered."""

    code = "NO_DATA"


@dataclass(frozen=True, slots=True)
class RefusedRows:
    """A sheet of which the run refused noticeably many rows; detail says why, and where the first one stands."""

    sheet: str
    rows: int
    detail: str


@dataclass(frozen=True, slots=True)
class Run:
    """One published snapshot.

    as_of: its latest event, naive factory-local; None when the run holds no stamp at all. published_at: with its zone.
    refused: the sheets of which noticeably many rows were refused. open_by_standing: its open orders, counted.
    """

    run_id: int
    plant: str
    excel_sha256: str
    workbook_name: str
    published_at: dt.datetime
    as_of: dt.datetime | None
    refused: tuple[RefusedRows, ...] = ()
    open_by_standing: Mapping[str, int] = field(default_factory=dict)

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
    refused = tuple(RefusedRows(**one) for one in row.refused or ())
    return Run(
        row.run_id,
        row.plant,
        row.excel_sha256,
        row.workbook_name,
        row.published_at,
        row.as_of,
        refused,
        row.open_by_standing,
    )
