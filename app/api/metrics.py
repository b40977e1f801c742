"""Metrics of this service for Prometheus: requests by route template, so that no client can make up new series.

With several worker processes the library keeps each one's values in files of a folder that the server makes and removes
(PROMETHEUS_MULTIPROC_DIR), and whichever worker is asked sums them; with one, they stay in its memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from time import perf_counter

import prometheus_client
import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.metrics_folder import FOLDER

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 1.0, 2.5, 5.0, 15.0)
"""Seconds. Each SLO's target (250, 300, 400 ms) is an edge, so that the share under it is exact; the last one is the
statements' time limit."""
METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})
UNMATCHED, OTHER = "unmatched", "other"
LENT = "prodplan lent"

prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]


class Metrics:
    """Updates the metrics of one worker, and returns the text of all workers."""

    def __init__(self, pool_limit: int) -> None:
        """pool_limit: database connections that this worker may open."""
        self._registry = CollectorRegistry()
        self._folder = os.environ.get(FOLDER)
        self._requests = Counter(
            "prodplan_http_requests", "Answered requests", ("method", "route", "status"), registry=self._registry
        )
        self._durations = Histogram(
            "prodplan_http_request_duration_seconds",
            "From the request's headers to the last byte handed over",
            ("method", "route"),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self.in_flight = self._sum("prodplan_http_requests_in_flight", "Requests under way, this one included")
        self._connections = self._sum("prodplan_database_connections_in_use", "Database connections lent to requests")
        self._sum("prodplan_database_connections_limit", "Database connections that may be open").set(pool_limit)
        self._sum("prodplan_workers", "Worker processes that serve").set(1)

    def _sum(self, name: str, documentation: str) -> Gauge:
        """A gauge whose value is the sum over the workers alive."""
        return Gauge(name, documentation, multiprocess_mode="livesum", registry=self._registry)

    def watch(self, engine: sa.Engine) -> None:
        """Count the connections that the engine's pool lends."""
        sa.event.listen(engine, "checkout", self._lent)
        sa.event.listen(engine, "checkin", self._returned)

    def _lent(self, _: object, record: sa.pool.ConnectionPoolEntry, __: object) -> None:
        if record.record_info is not None:
            record.record_info[LENT] = True
            self._connections.inc()

    def _returned(self, _: object, record: sa.pool.ConnectionPoolEntry) -> None:
        # A connection that turned out to be dead before it was lent comes back all the same.
        if record.record_info is not None and record.record_info.pop(LENT, False):
            self._connections.dec()

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        method = method if method in METHODS else OTHER
        self._requests.labels(method, route, str(status)).inc()
        self._durations.labels(method, route).observe(seconds)

    def text(self, moment: Iterable[Metric]) -> bytes:
        """The metrics of all workers, and gauges computed now, in Prometheus' text format."""
        registry = self._registry
        if self._folder is not None:
            forget_the_dead(Path(self._folder))
            registry = CollectorRegistry()
            MultiProcessCollector(registry, self._folder)  # type: ignore[no-untyped-call]
        ours = CollectorRegistry()
        ours.register(_CurrentValues(moment))
        return generate_latest(registry) + generate_latest(ours)


class _CurrentValues(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = tuple(metrics)

    def collect(self) -> Iterator[Metric]:
        yield from self._metrics


def forget_the_dead(folder: Path) -> None:
    """Remove the gauges of ended workers; their counters stay, because counters are cumulative."""
    for pid in {int(path.stem.rpartition("_")[2]) for path in folder.glob("gauge_live*.db")}:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):  # another worker was faster
                mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]


class Measured:
    """ASGI middleware that counts and times every request; an unexpected error counts as 500."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._metrics.in_flight.inc()
        try:
            await self._app(scope, receive, noting)
        finally:
            self._metrics.in_flight.dec()
            route = getattr(scope.get("route"), "path", UNMATCHED)
            self._metrics.answered(scope["method"], route, status, perf_counter() - began)
