"""Reads the kept runs of a plant: one by its number, or all. Definitions: docs/kpis.md, "Kept runs"."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from pydantic import Field

from app.database.schema import SNAPSHOT_TABLES
from app.database.schema.audit import ingestion_runs
from app.database.schema.publication import current_snapshot, snapshot_facts
from app.ingestion.tables.names import partition_name
from app.planning.snapshot.answer import Answer
from app.planning.snapshot.live_run import OF_A_RUN, PlanningError, Run, resolve_run, run_of
from app.planning.snapshot.local_time import LocalTime

_live, _run, _facts = current_snapshot.c, ingestion_runs.c, snapshot_facts.c
PUBLISHED_RUN = (
    sa.select(*OF_A_RUN, sa.func.coalesce(_live.published_at, _run.finished_at).label("published_at"))
    .add_columns(_live.run_id.is_not(None).label("is_live"), _facts.run_id.is_not(None).label("has_facts"))
    .select_from(
        ingestion_runs.outerjoin(
            current_snapshot, sa.and_(_live.run_id == _run.run_id, _live.plant == _run.plant)
        ).outerjoin(snapshot_facts, _facts.run_id == _run.run_id)
    )
    .where(_run.plant == sa.bindparam("plant"), _run.run_id == sa.bindparam("run_id"))
    .where(sa.or_(_run.status == "PUBLISHED", _live.run_id.is_not(None)))
)
ATTACHED = sa.text("""
    SELECT count(*) FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
     WHERE NOT i.inhdetachpending AND c.relname = ANY(:partitions)
       AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = 'core')
""")


KEPT_RUNS = (
    sa.select(_run.run_id, _run.workbook_name, _facts.as_of, _facts.work_orders, _facts.open_work_orders)
    .add_columns(sa.func.coalesce(_live.published_at, _run.finished_at).label("published_at"))
    .add_columns(_live.run_id.is_not(None).label("is_live"))
    .select_from(
        ingestion_runs.join(snapshot_facts, _facts.run_id == _run.run_id).outerjoin(
            current_snapshot, sa.and_(_live.run_id == _run.run_id, _live.plant == _run.plant)
        )
    )
    .where(_run.plant == sa.bindparam("plant"), sa.or_(_run.status == "PUBLISHED", _live.run_id.is_not(None)))
    .order_by(_run.run_id.desc())
)
EARLIER_RUN = (
    sa.select(sa.func.max(_run.run_id))
    .join_from(ingestion_runs, snapshot_facts, _facts.run_id == _run.run_id)
    .where(_run.plant == sa.bindparam("plant"), _run.run_id < sa.bindparam("run_id"), _run.status == "PUBLISHED")
)


class NoSuchRun(PlanningError):
    """The plant never published a run of this number."""

    code = "RUN_NOT_FOUND"


class RunGone(PlanningError):
    """The run was published once, and retention has removed it."""

    code = "RUN_GONE"


class NoEarlierRun(PlanningError):
    """No run with a lower number is kept, so a run has nothing to be compared with."""

    code = "NO_EARLIER_RUN"


def run_before(connection: sa.Connection, run: Run) -> Run:
    """The kept run published before another one. Raises NoEarlierRun."""
    found = connection.execute(EARLIER_RUN, {"plant": run.plant, "run_id": run.run_id}).scalar_one()
    if found is None:
        raise NoEarlierRun(f"No run before run {run.run_id} is kept: name a run in from_run.")
    return kept_run(connection, run.plant, found)


def kept_run(connection: sa.Connection, plant: str, run_id: int) -> Run:
    """A published run whose whole snapshot is there. Raises NoSuchRun, RunGone, or NoLiveRun before the first one."""
    row = connection.execute(PUBLISHED_RUN, {"plant": plant, "run_id": run_id}).one_or_none()
    if row is None:
        resolve_run(connection, plant)
        raise NoSuchRun(f"Plant {plant} never published a run {run_id}: name a kept one, or none for the live run.")
    if not row.has_facts:
        raise _gone(run_id)
    require_kept(connection, run_id)
    return run_of(row, is_live=row.is_live)


def require_kept(connection: sa.Connection, run_id: int) -> None:
    """Raise RunGone unless every table of core has the run's partition.

    Call it again after the statements about a run that is not live: retention may have dropped the run meanwhile.
    """
    if not _is_whole(connection, run_id):
        raise _gone(run_id)


def _is_whole(connection: sa.Connection, run_id: int) -> bool:
    partitions = [partition_name(table, run_id) for table in SNAPSHOT_TABLES]
    attached: int = connection.execute(ATTACHED, {"partitions": partitions}).scalar_one()
    return attached == len(partitions)


def _gone(run_id: int) -> RunGone:
    return RunGone(f"Run {run_id} is no longer kept: name a kept one, or none for the live run.")


class KeptRun(Answer):
    """One published run whose snapshot is there: run_id= answers for it, and a rollback can make it live."""

    run_id: int
    is_live: bool
    workbook_name: str
    published_at: dt.datetime = Field(description="of the live one its latest publication, of others their first")
    as_of: LocalTime | None
    work_orders: int
    open_work_orders: int


class KeptRuns(Answer):
    """The kept runs, newest number first."""

    runs: list[KeptRun]


def kept_runs(connection: sa.Connection, plant: str) -> KeptRuns:
    """The runs that retention keeps."""
    rows = connection.execute(KEPT_RUNS, {"plant": plant}).mappings().all()
    return KeptRuns(runs=[KeptRun.model_validate(dict(row)) for row in rows if _is_whole(connection, row["run_id"])])
