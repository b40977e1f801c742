"""Ends the jobs, runs and requests of workers that died, and removes uploads that nothing needs."""

from __future__ import annotations

import asyncio
import logging

import procrastinate
import procrastinate.exceptions
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.database.errors import DatabaseError
from app.database.schema.queue import alerts_queue_of, queue_of
from app.database.schema.worker_beats import worker_beats
from app.ingestion.requests.request_queue import bury_dead_requests, uploads_needed
from app.worker.alerting import look_for_alerts
from app.worker.carrying import Station

HEARTBEAT_S, DEAD_AFTER_S = 2.0, 10.0
"""Seconds between a worker's heartbeats, and seconds without one after which it counts as dead."""

LOOK_EVERY_S = 5.0
UPLOADS_KEPT_S = 24 * 3600
"""Seconds that the upload of a failed run is kept, so that the run can be requested again."""

BEAT = (
    insert(worker_beats)
    .values(plant=sa.bindparam("plant"), beaten_at=sa.func.now())
    .on_conflict_do_update(index_elements=["plant"], set_={"beaten_at": sa.func.now()})
)
"""Notes that a worker looks after the plant."""

log = logging.getLogger(__name__)


async def take_care(app: procrastinate.App, station: Station) -> None:
    """Look at once and then every few seconds, until cancelled; errors of one look do not end it.

    Without it the job of a dead worker would block the queue. A query that fails while it is cancelled raises its own
    error in place of the cancellation, so the cancellation is checked explicitly.
    """
    while True:
        try:
            await release_stalled_jobs(app, station.settings.plant)
            await asyncio.to_thread(clean_up, station)
            await asyncio.to_thread(look_for_alerts, station)
        except (procrastinate.exceptions.ConnectorException, DatabaseError, sa.exc.SQLAlchemyError) as trouble:
            log.warning("the jobs and uploads of dead workers could not be cleaned up: %s", type(trouble).__name__)
        except Exception:
            log.exception("the jobs and uploads of dead workers could not be cleaned up")
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            return
        await asyncio.sleep(LOOK_EVERY_S)


async def release_stalled_jobs(app: procrastinate.App, plant: str) -> None:
    """Remove ingestions of dead workers from the plant's queue, where they block the jobs after them; repeat alerts."""
    jobs = await app.job_manager.get_stalled_jobs(queue=queue_of(plant), seconds_since_heartbeat=DEAD_AFTER_S)
    for job in jobs:
        if job.id is not None:
            await app.job_manager.finish_job_by_id_async(job.id, procrastinate.jobs.Status.FAILED, delete_job=True)
    for job in await app.job_manager.get_stalled_jobs(
        queue=alerts_queue_of(plant), seconds_since_heartbeat=DEAD_AFTER_S
    ):
        await app.job_manager.retry_job(job)


def clean_up(station: Station) -> None:
    """Note the look, end the runs and requests without a job, and remove uploads that nothing needs."""
    with station.engine() as engine:
        with engine.begin() as connection:
            connection.execute(BEAT, {"plant": station.settings.plant})
        with engine.begin() as connection:
            bury_dead_requests(connection, station.settings.plant)
        with engine.connect() as connection:
            needed = uploads_needed(connection)
    station.inbox.sweep(needed, UPLOADS_KEPT_S)
