"""Gauges of a plant's ingestions and orders, read from the database at each request of /metrics."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from app.api.snapshot_reading import Reading
from app.database.schema.audit import ingestion_requests, ingestion_runs, ingestion_sheets
from app.database.schema.worker_beats import worker_beats


def ingestion_metrics(connection: sa.Connection, plant: str) -> Iterator[Metric]:
    """Runs by status with the time of the last one's end, requests that wait or run, and the worker's heartbeat."""
    runs = ingestion_runs.c
    counted = GaugeMetricFamily("prodplan_runs", "Recorded runs by status", labels=["plant", "status"])
    ended = GaugeMetricFamily(
        "prodplan_last_run_end_timestamp_seconds", "When the last run of a status ended", labels=["plant", "status"]
    )
    found = connection.execute(
        sa.select(runs.status, sa.func.count(), sa.func.max(runs.finished_at))
        .where(runs.plant == plant)
        .group_by(runs.status)
    )
    for status, count, last in found:
        counted.add_metric([plant, status], count)
        if last is not None:
            ended.add_metric([plant, status], last.timestamp())
    yield counted
    yield ended
    yield from queue_metrics(connection, plant)
    yield worker_metric(connection, plant)


def queue_metrics(connection: sa.Connection, plant: str) -> Iterator[Metric]:
    """Requests that wait or run, and the age of the oldest."""
    requests = ingestion_requests.c
    waiting, oldest = connection.execute(
        sa.select(sa.func.count(), sa.func.extract("epoch", sa.func.now() - sa.func.min(requests.requested_at)))
        .where(requests.plant == plant)
        .where(requests.ended_as.is_(None))
    ).one()
    queued = GaugeMetricFamily("prodplan_requests_open", "Requested ingestions that wait or run", labels=["plant"])
    queued.add_metric([plant], waiting)
    yield queued
    age = GaugeMetricFamily(
        "prodplan_requests_open_oldest_seconds",
        "Since the oldest of them was requested; 0 without any",
        labels=["plant"],
    )
    age.add_metric([plant], float(oldest or 0))
    yield age


def worker_metric(connection: sa.Connection, plant: str) -> Metric:
    """The age of the last look that a worker had after the plant; without a sample where none ever had.

    By the database's clock, which wrote it.
    """
    age = GaugeMetricFamily(
        "prodplan_worker_heartbeat_age_seconds", "Since a worker last looked after the plant", labels=["plant"]
    )
    since = sa.func.extract("epoch", sa.func.clock_timestamp() - worker_beats.c.beaten_at)
    found = connection.execute(sa.select(since).where(worker_beats.c.plant == plant)).scalar()
    if found is not None:
        age.add_metric([plant], max(float(found), 0.0))
    return age


def refused_metric(connection: sa.Connection, plant: str, run_id: int) -> Metric:
    """The share of each sheet's rows that a run refused; without a sample for an empty sheet."""
    share = GaugeMetricFamily(
        "prodplan_refused_ratio", "Refused rows of the live run / all rows of the sheet", labels=["plant", "sheet"]
    )
    counts = ingestion_sheets.c
    found = connection.execute(
        sa.select(counts.sheet, counts.rows_rejected, counts.rows_loaded)
        .where(counts.run_id == run_id)
        .where(counts.rows_loaded > 0)
        .order_by(counts.sheet)
    )
    for sheet, refused, loaded in found:
        share.add_metric([plant, sheet], refused / loaded)
    return share


def plan_metrics(reading: Reading) -> Iterator[Metric]:
    """Open, overdue and late orders of the live run, and how long its ingestion took."""
    plant, run = reading.run.plant, reading.run
    totals = reading.risk_totals
    orders = GaugeMetricFamily(
        "prodplan_orders",
        "Open work orders in production: all, past their transport day, late by estimate",
        labels=["plant", "kind"],
    )
    orders.add_metric([plant, "open"], run.standing.production_orders)
    orders.add_metric([plant, "overdue"], totals.overdue_orders)
    orders.add_metric([plant, "late"], totals.late_orders)
    yield orders
    runs = ingestion_runs.c
    took = reading.connection.execute(
        sa.select(sa.func.extract("epoch", runs.finished_at - runs.started_at)).where(runs.run_id == run.run_id)
    ).scalar()
    if took is not None:
        name, meaning = "prodplan_ingestion_seconds", "Duration of the live run's ingestion"
        duration = GaugeMetricFamily(name, meaning, labels=["plant"])
        duration.add_metric([plant], float(took))
        yield duration
