"""Finds events that webhooks are to be told, each once, and queues their delivery. docs/operations/alerts.md"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.contract.quality_issues import ROWS_REFUSED
from app.database.schema.alerts import alert_marks
from app.database.schema.audit import data_quality_issues as issues
from app.database.schema.audit import ingestion_requests as requests
from app.database.schema.audit import ingestion_runs as runs
from app.database.schema.queue import ALERT_TASK, SCHEMA, alerts_queue_of
from app.features.gate_judgement import GateStatus
from app.features.value_gates import STANDARD_ROUTE
from app.ingestion.runs.run_gates import gate_statuses
from app.planning.risk import risk_queue
from app.planning.snapshot.live_run import NoLiveRun, Run, resolve_run
from app.worker.alerts_file import Alerts, Event

ENDS = {"PUBLISHED": Event.RUN_PUBLISHED, "REFUSED": Event.RUN_REFUSED, "FAILED": Event.RUN_FAILED}
LOOK_BACK, MOST_TOLD = dt.timedelta(minutes=10), 200
"""A run that ended is looked for so long after its end, in case its record was committed late."""
DEFER = sa.text(f"""
    SELECT {SCHEMA}.procrastinate_defer_jobs_v1(ARRAY[ROW(
        :queue, :task, 0, NULL, NULL, CAST(:args AS jsonb), NULL)::{SCHEMA}.procrastinate_job_to_defer_v1])
""")
_PLANT, _AFTER = sa.bindparam("plant", type_=sa.Text), sa.bindparam("after", type_=sa.TIMESTAMP(timezone=True))
ENDED = sa.union_all(
    sa.select(
        runs.c.run_id, runs.c.status, runs.c.workbook_name, runs.c.failure, runs.c.finished_at.label("ended_at")
    ).where(runs.c.plant == _PLANT, runs.c.status != "RUNNING", runs.c.finished_at > _AFTER),
    sa.select(
        requests.c.run_id, requests.c.ended_as, requests.c.workbook_name, requests.c.failure, requests.c.ended_at
    ).where(
        requests.c.plant == _PLANT,
        requests.c.ended_as.in_(["REFUSED", "FAILED"]),
        requests.c.ended_at > _AFTER,
        ~sa.exists().where(runs.c.run_id == requests.c.run_id),
    ),
).order_by("ended_at", "run_id")


@dataclass(frozen=True, slots=True)
class Found:
    """An event and its facts."""

    event: Event
    facts: dict[str, Any]


def queue_alerts(connection: sa.Connection, plant: str, alerts: Alerts) -> int:
    """Queue a delivery of each new event to each webhook that subscribes to it; how many. The caller commits.

    The first look at a plant only notes what there is.
    """
    connection.execute(insert(alert_marks).values(plant=plant, marks={}).on_conflict_do_nothing())
    own = alert_marks.c.plant == plant
    before = connection.execute(sa.select(alert_marks.c.marks).where(own).with_for_update()).scalar_one()
    marks = json.loads(json.dumps(before))
    now: dt.datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    found = list(_found(connection, plant, alerts, marks, now))
    if marks != before:
        connection.execute(alert_marks.update().where(own).values(marks=marks))
    deliveries = [
        _delivery(plant, one, webhook.name, now)
        for one in found
        for webhook in alerts.webhooks
        if webhook.wants(one.event)
    ]
    if deliveries:
        connection.exec_driver_sql(f"SET LOCAL search_path TO {SCHEMA}")
        for args in deliveries:
            connection.execute(DEFER, {"queue": alerts_queue_of(plant), "task": ALERT_TASK, "args": json.dumps(args)})
    return len(deliveries)


def _delivery(plant: str, one: Found, webhook: str, now: dt.datetime) -> dict[str, Any]:
    event = {
        "id": f"evt_{uuid.uuid4().hex}",
        "type": one.event.value,
        "timestamp": now.isoformat(),
        "data": {"plant": plant, **one.facts},
    }
    return {"webhook": webhook, "event": event}


def _found(
    connection: sa.Connection, plant: str, alerts: Alerts, marks: dict[str, Any], now: dt.datetime
) -> Iterator[Found]:
    yield from _ended(connection, plant, marks, now)
    try:
        run = resolve_run(connection, plant)
    except NoLiveRun:
        run = None
    if run is not None:
        yield from _rolled_back(connection, run, marks)
        yield from _changed_gates(connection, run, marks)
        _note_orders(connection, run, marks)
    yield from _states(connection, plant, alerts, marks, run)
    yield from _alive(alerts, marks, now)


def _ended(connection: sa.Connection, plant: str, marks: dict[str, Any], now: dt.datetime) -> Iterator[Found]:
    """Runs that ended, and requests that did so without a run."""
    if "ended_until" not in marks:
        marks["ended_until"], marks["told"] = now.isoformat(), _lately(connection, plant, now)
        return
    until = dt.datetime.fromisoformat(marks["ended_until"])
    for row in connection.execute(ENDED, {"plant": plant, "after": until - LOOK_BACK}):
        if row.run_id in marks["told"]:
            continue
        marks["told"] = [*marks["told"], row.run_id][-MOST_TOLD:]
        marks["ended_until"] = max(until, row.ended_at).isoformat()
        facts = {"run_id": row.run_id, "workbook_name": row.workbook_name}
        yield Found(ENDS[row.status], facts if row.failure is None else facts | {"reason": row.failure})
        for sheet, rows, detail in connection.execute(
            sa.select(issues.c.sheet, issues.c.row_count, issues.c.detail)
            .where(issues.c.run_id == row.run_id, issues.c.code == ROWS_REFUSED.code)
            .order_by(issues.c.sheet)
        ):
            yield Found(Event.ROWS_REFUSED, {"run_id": row.run_id, "sheet": sheet, "rows": rows, "detail": detail})


def _lately(connection: sa.Connection, plant: str, now: dt.datetime) -> list[int]:
    return [row.run_id for row in connection.execute(ENDED, {"plant": plant, "after": now - LOOK_BACK})]


def _rolled_back(connection: sa.Connection, run: Run, marks: dict[str, Any]) -> Iterator[Found]:
    """A run that was made live again: it became live after its ingestion had ended."""
    before, marks["live"] = marks.get("live"), {"run_id": run.run_id, "published_at": run.published_at.isoformat()}
    if before is None or before == marks["live"]:
        return
    ended = connection.execute(sa.select(runs.c.finished_at).where(runs.c.run_id == run.run_id)).scalar_one()
    if ended is not None and run.published_at > ended:
        facts = {"run_id": run.run_id, "workbook_name": run.workbook_name, "previous_run_id": before["run_id"]}
        yield Found(Event.RUN_PUBLISHED, facts)


def _changed_gates(connection: sa.Connection, run: Run, marks: dict[str, Any]) -> Iterator[Found]:
    statuses = gate_statuses(connection, run.run_id)
    for gate, before in marks.get("gates", {}).items():
        after = statuses.get(gate)
        if after != before:
            yield Found(Event.GATE_CHANGED, {"run_id": run.run_id, "gate": gate, "before": before, "after": after})
    marks["gates"] = statuses


def _note_orders(connection: sa.Connection, run: Run, marks: dict[str, Any]) -> None:
    """Count overdue and late orders once for each live run, because no run changes."""
    if marks.get("orders", {}).get("run_id") != run.run_id:
        estimates = marks["gates"].get(STANDARD_ROUTE.name) not in (None, GateStatus.DISABLED)
        totals = risk_queue(connection, run, limit=1, estimates=estimates).totals
        marks["orders"] = {"run_id": run.run_id, "overdue": totals.overdue_orders, "late": totals.late_orders}


def _states(
    connection: sa.Connection, plant: str, alerts: Alerts, marks: dict[str, Any], run: Run | None
) -> Iterator[Found]:
    """States that began or ended since the last look."""
    limits, orders = alerts.thresholds, marks.get("orders", {})
    age = None if run is None or run.age is None else run.age // dt.timedelta(hours=1)
    waiting = connection.execute(
        sa.select(sa.func.count()).where(requests.c.plant == plant, requests.c.ended_as.is_(None))
    ).scalar_one()
    firing = marks.setdefault("firing", [])
    for event, value, limit in (
        (Event.DATA_OLD, age, limits.data_age_hours),
        (Event.ORDERS_OVERDUE, orders.get("overdue"), limits.overdue_orders),
        (Event.ORDERS_LATE, orders.get("late"), limits.late_orders),
        (Event.REQUESTS_WAIT, waiting, limits.waiting_requests),
    ):
        is_above = limit is not None and value is not None and value > limit
        if is_above == (event in firing):
            continue
        firing = [one for one in firing if one != event] + [event.value] * is_above
        facts = {"state": "BEGAN" if is_above else "ENDED", "value": value, "limit": limit}
        if limit is not None:
            yield Found(event, facts | ({} if run is None else {"run_id": run.run_id}))
    marks["firing"] = firing


def _alive(alerts: Alerts, marks: dict[str, Any], now: dt.datetime) -> Iterator[Found]:
    minutes = alerts.thresholds.alive_every_minutes
    if minutes is None:
        return
    last = marks.get("alive_at")
    if last is None or now - dt.datetime.fromisoformat(last) >= dt.timedelta(minutes=minutes):
        marks["alive_at"] = now.isoformat()
        yield Found(Event.WORKER_ALIVE, {"every_minutes": minutes})
