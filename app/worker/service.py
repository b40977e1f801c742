"""The worker's loop: takes jobs from the queue one after the other, until SIGINT or SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Any

import procrastinate
import procrastinate.exceptions
import psycopg
import psycopg.conninfo
import psycopg_pool
import sqlalchemy as sa

from app.database.engine import KEEPALIVE
from app.database.errors import ServerUnreachable
from app.database.revisions.at_head import NotAtHead, require_head
from app.database.schema.queue import ALERT_TASK, SCHEMA, TASK, alerts_queue_of, queue_of
from app.database.session_settings import RELIED_ON, as_options, hide_libpq_variables
from app.ingestion.errors import IngestionBusy
from app.plants.directory import bootstrap_of
from app.worker.alert_delivery import DeliveryFailed
from app.worker.alerting import deliver_to
from app.worker.caretaking import DEAD_AFTER_S, HEARTBEAT_S, take_care
from app.worker.carrying import Station, carry_out, turn

BUSY_RETRY_S, BUSY_ATTEMPTS = 1, 600
"""Seconds between attempts, and attempts, while a command works on the plant."""

ALERTS_AT_ONCE = 2
DELIVERY_ATTEMPTS, DELIVERY_WAIT_BASE_S = 8, 4
"""Attempts to deliver an event, and seconds of which the n-th power passes before the next: about six hours in all."""

GRACE_S = 5.0
"""Seconds that a run may go on after the worker was told to stop; then it is abandoned at its next step."""

THREADS_OF_A_PLANT = 8
"""Threads for a plant's run, its progress, and the look after dead workers."""

RECONNECT_S, CONNECT_WITHIN_S = 2.0, 10.0
GONE = (procrastinate.exceptions.ConnectorException, psycopg.Error, psycopg_pool.PoolTimeout)
log = logging.getLogger(__name__)


def work(stations: Sequence[Station]) -> None:
    """Carry out the requested ingestions of these plants until SIGINT or SIGTERM, each in a loop of its own.

    Survives restarts of a database; a plant whose database is away, or whose loop fails, does not stop the others.
    """
    asyncio.run(_work(stations))


async def _work(stations: Sequence[Station]) -> None:
    told_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(THREADS_OF_A_PLANT * len(stations)))
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told_to_stop.set)
    is_alone = len(stations) == 1
    await asyncio.gather(*(_attend(station, told_to_stop, is_alone=is_alone) for station in stations))


async def _attend(station: Station, told_to_stop: asyncio.Event, *, is_alone: bool) -> None:
    """Serve again after each loss of the database connection; wait while the schema is not at head."""
    place, complaint = "" if is_alone else f"plant {station.settings.plant}: ", ""
    remedy = bootstrap_of(station.settings)
    while not told_to_stop.is_set():
        try:
            await asyncio.to_thread(_require_usable, station, remedy)
            complaint = ""
            await _serve(station, told_to_stop)
        except (NotAtHead, ServerUnreachable) as wrong:
            if str(wrong) != complaint:
                log.warning("%s%s The worker waits for it.", place, wrong)
            complaint = str(wrong)
        except (*GONE, sa.exc.DBAPIError) as gone:
            log.warning("%sthe queue cannot be reached (%s); trying again", place, type(gone).__name__)
        except Exception:
            if is_alone:
                raise
            log.exception("%sthe queue is served anew after a fault", place)
        with suppress(TimeoutError):
            await asyncio.wait_for(told_to_stop.wait(), RECONNECT_S)


def _require_usable(station: Station, remedy: str) -> None:
    """Raises NotAtHead, or ServerUnreachable, also for a login that may not act as the ingestion's role.

    The queue's pool would try such a login again and again, and only say that no connection came in time.
    """
    require_head(station.url, remedy)
    with station.engine() as engine:
        engine.connect().close()


@asynccontextmanager
async def _opened(app: procrastinate.App, told_to_stop: asyncio.Event) -> AsyncIterator[bool]:
    """The queue's connections for a block; False where the worker was told to stop before there was one.

    The pool is closed, not only its opening cancelled: its tasks take a cancellation for a failed connection, and would
    try again for ever.
    """
    opening, stopping = asyncio.create_task(app.open_async().__aenter__()), asyncio.create_task(told_to_stop.wait())
    try:
        await asyncio.wait({opening, stopping}, return_when=asyncio.FIRST_COMPLETED)
        is_open = opening.done()
        if is_open:
            await opening
        yield is_open
    finally:
        await app.close_async()
        for task in (opening, stopping):
            task.cancel()


async def _serve(station: Station, told_to_stop: asyncio.Event) -> None:
    app, plant = queue_app(station), station.settings.plant
    async with _opened(app, told_to_stop) as is_open:
        if not is_open:
            return
        workers = [asyncio.create_task(_worker(app, queue_of(plant), 1))]
        if station.settings.alerts_file is not None:
            workers.append(asyncio.create_task(_worker(app, alerts_queue_of(plant), ALERTS_AT_ONCE)))
        caretaker = asyncio.create_task(take_care(app, station))
        stopping = asyncio.create_task(told_to_stop.wait())
        try:
            await asyncio.wait({*workers, stopping}, return_when=asyncio.FIRST_COMPLETED)
            for worker in workers:
                if not worker.done():
                    worker.cancel()  # procrastinate's way of being told: it ends its job and returns
            for worker in workers:
                with suppress(asyncio.CancelledError):
                    await worker
        finally:
            for task in (caretaker, stopping):
                task.cancel()
            # A look that hangs, on a connection that was cut, must not keep the worker from ending.
            await asyncio.wait({caretaker, stopping}, timeout=GRACE_S)


def _worker(app: procrastinate.App, queue: str, at_once: int) -> Coroutine[Any, Any, None]:
    return app.run_worker_async(
        queues=[queue],
        concurrency=at_once,
        install_signal_handlers=False,
        shutdown_graceful_timeout=GRACE_S,
        # The end of a run is recorded in audit, so a finished job is of no further use.
        delete_jobs=procrastinate.jobs.DeleteJobCondition.ALWAYS,
        update_heartbeat_interval=HEARTBEAT_S,
        stalled_worker_timeout=DEAD_AFTER_S,
    )


def conninfo_of(url: sa.URL) -> str:
    """The URL in libpq's form of names and values, without options: a database's name may hold blanks, which libpq
    refuses in a URL."""
    given = {name: value if isinstance(value, str) else ",".join(value) for name, value in url.query.items()}
    given.pop("options", None)
    return psycopg.conninfo.make_conninfo(**url.translate_connect_args(username="user", database="dbname") | given)


def queue_app(station: Station) -> procrastinate.App:
    """procrastinate on the queue's schema as the ingestion's role, with its two tasks."""
    hide_libpq_variables()
    given = station.url.query.get("options")
    own = [given] if isinstance(given, str) else []
    options = [*as_options(RELIED_ON), *own, f"-c role={station.roles.ingest}", f"-c search_path={SCHEMA}"]
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(
            conninfo=conninfo_of(station.url),
            kwargs=KEEPALIVE | {"connect_timeout": int(CONNECT_WITHIN_S), "options": " ".join(options)},
            min_size=1,
            max_size=6,
            timeout=CONNECT_WITHIN_S,
        )
    )
    retry = procrastinate.RetryStrategy(max_attempts=BUSY_ATTEMPTS, wait=BUSY_RETRY_S, retry_exceptions={IngestionBusy})

    @app.task(name=TASK, pass_context=True, retry=retry)
    def ingest_requested(context: procrastinate.JobContext, *, run_id: int) -> None:
        with turn(station, context.should_abort):
            carry_out(
                station,
                run_id,
                must_stop=context.should_abort,
                last_attempt=context.job.attempts >= BUSY_ATTEMPTS - 1,
            )

    again = procrastinate.RetryStrategy(
        max_attempts=DELIVERY_ATTEMPTS, exponential_wait=DELIVERY_WAIT_BASE_S, retry_exceptions={DeliveryFailed}
    )

    @app.task(name=ALERT_TASK, retry=again)
    def deliver_alert(*, webhook: str, event: dict[str, Any]) -> None:
        deliver_to(station.settings.alerts_file, webhook, event)

    return app
