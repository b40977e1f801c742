"""One request's view of the data: one read-only transaction, one run, one set of gates.

The transaction is REPEATABLE READ, so that everything the request reads is of the moment its run was resolved.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Depends, Query, Request, Response
from pydantic import Field

from app.api.gatekeeper import Gatekeeper, Gates
from app.api.http.plant_path import BACKEND
from app.api.http.problems import Problem
from app.api.http.revalidation import headers_of, spare_if_known, tag_of
from app.api.http.spelling import IN_DIGITS
from app.api.keys.keyring import Keyring
from app.api.keys.rate_limits import Rates
from app.api.made_books import MadeBooks
from app.api.metrics import Metrics
from app.api.remembered import Remembered
from app.api.schemas.answered import DataQuality, WarnedSheet
from app.api.slots import SlotPool, Slots
from app.config import Settings
from app.contract.quality_issues import WARNINGS
from app.database.access.roles import Roles
from app.database.engine import make_engine
from app.database.session_settings import as_options
from app.database.urls import normalise
from app.features.calendar import calendar_digest, load_calendar
from app.features.gate_declaration import Gate
from app.features.gate_judgement import GateStatus, described, facts_of
from app.features.value_gates import STANDARD_ROUTE
from app.planning.changes.compared_runs import ComparedRuns
from app.planning.risk import RiskTotals, risk_queue
from app.planning.simulation.shop import Shop, shop_of
from app.planning.snapshot.kept_run import kept_run, require_kept
from app.planning.snapshot.live_run import Run, resolve_run
from app.typed import typed

STATEMENT_TIMEOUT_MS = 15_000
POOL_SIZE, PROBE_POOL_SIZE, POOL_WAIT_S = 8, 2, 5
"""Connections of one worker process; two workers together stay far below PostgreSQL's default of 100."""
WAITING, WAIT_S = 1024, 5.0
"""Requests that may wait for a place, and for how long. Waiting costs little; refusing clients that ask again at once
costs processor time that the others need."""
PROBES_WAITING = 64
SESSION = {
    "default_transaction_isolation": "repeatable read",
    "statement_timeout": str(STATEMENT_TIMEOUT_MS),
    "idle_in_transaction_session_timeout": "60000",
    "lock_timeout": "5000",
    # Short queries on few cores: compiling a statement or running it in parallel costs more than it saves.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "work_mem": "32MB",
}
"""The settings of every session, set when it connects."""
READ_ONLY = "SET default_transaction_read_only = on"
"""Executed after connecting, because libpq's `target_session_attrs=read-write` rejects sessions that start read-only.
"""


@dataclass(frozen=True, slots=True)
class Backend:
    """The resources that the routes share.

    engine: for answers about the data, on a standby if one is set. primary: for requests and what is written; the same
    engine where there is no standby.
    comparisons: of two runs, by their numbers. shops: of a run, by its number. risk_totals: of a run, for /metrics.
    probe_engine: a small pool for /api/ready and /metrics. slot_pools: the places for requests at once. cursor_key:
    signs the cursors. head: the schema revision that /api/ready requires.
    """

    settings: Settings
    engine: sa.Engine
    primary: sa.Engine
    probe_engine: sa.Engine
    slot_pools: Mapping[SlotPool, Slots]
    gatekeeper: Gatekeeper
    keyring: Keyring
    made_books: MadeBooks
    comparisons: Remembered[ComparedRuns]
    shops: Remembered[Shop]
    risk_totals: Remembered[RiskTotals]
    rates: Rates
    metrics: Metrics
    cursor_key: bytes
    head: str


def backend_of(request: Request) -> Backend:
    """The backend of the plant that the request's address names, or of the default one."""
    found: Backend = request.scope.get(BACKEND) or request.app.state.backend
    return found


class Reading:
    """One request's connection, run and gates. limited_by: the gates that the route declares."""

    def __init__(
        self, connection: sa.Connection, run: Run, backend: Backend, limited_by: tuple[Gate, ...] = ()
    ) -> None:
        self.connection, self.run, self._backend, self._limited_by = connection, run, backend, limited_by

    @cached_property
    def gates(self) -> Gates:
        """The run's feature gates, looked up at first use."""
        return self._backend.gatekeeper.gates_of(self.connection, self.run)

    @cached_property
    def age_hours(self) -> int | None:
        """Whole hours since the run's latest event."""
        age = self.run.age
        return None if age is None else age // dt.timedelta(hours=1)

    @property
    def shop(self) -> Shop:
        """The run's shop; kept by this process, because no run changes and calibrating it is costly."""
        calendar = load_calendar(self._backend.settings.calendar_file)
        kept = self._backend.shops.of(self.run.run_id, lambda: shop_of(self.connection, self.run, calendar))
        return replace(kept, run=self.run)

    @property
    def risk_totals(self) -> RiskTotals:
        """The counts of the run's risk queue; kept by this process, because no run changes and judging it is costly."""
        estimates = self.supports(STANDARD_ROUTE)

        def judged() -> RiskTotals:
            return risk_queue(self.connection, self.run, limit=1, estimates=estimates).totals

        return self._backend.risk_totals.of((self.run.run_id, estimates), judged)

    def supports(self, gate: Gate) -> bool:
        """True if the data supports the values that this gate closes."""
        return self.gates.status(gate.name) is not GateStatus.DISABLED

    def answered(self, not_asked: Collection[Gate] = ()) -> dict[str, Any]:
        """Members of every body: run, as_of, and the limits by the route's gates and by the run's warnings.

        not_asked: gates of values that this request leaves empty; they do not limit its answer.
        """
        limits: list[DataQuality | WarnedSheet] = [
            quality(gate, self.gates)
            for gate in self._limited_by
            if gate not in not_asked and self.gates.status(gate.name) is not GateStatus.ENABLED
        ]
        limits += [
            WarnedSheet(
                code=one.code, sheet=one.sheet, rows=one.rows, detail=one.detail, remedy=WARNINGS[one.code].remedy
            )
            for one in self.run.warnings
        ]
        return {
            "run_id": self.run.run_id,
            "plant": self.run.plant,
            "workbook_name": self.run.workbook_name,
            "published_at": self.run.published_at,
            "as_of": self.run.as_of,
            "data_age_hours": self.age_hours,
            "data_quality": limits or None,
        }


def slot_pools(readers: int = POOL_SIZE, probes: int = PROBE_POOL_SIZE) -> dict[SlotPool, Slots]:
    """The pools of places, each as large as its connection pool, so that no request with a place waits for a
    connection."""
    return {
        SlotPool.READERS: Slots(readers, waiting=WAITING, wait_s=WAIT_S),
        SlotPool.PROBES: Slots(probes, waiting=PROBES_WAITING, wait_s=WAIT_S),
    }


def api_engine(database_url: str | sa.URL, roles: Roles, pool_size: int = POOL_SIZE) -> sa.Engine:
    """A read-only engine with the API's role and bounded waits; it reconnects by itself."""
    url = normalise(database_url)
    given = url.query.get("options", ())
    options = " ".join([*((given,) if isinstance(given, str) else given), *as_options(SESSION)])
    engine = make_engine(
        url.update_query_dict({"options": options}),
        role=roles.api,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_S,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 3},
    )
    sa.event.listen(engine, "connect", only_read)
    return engine


def only_read(connection: Any, _: object) -> None:
    """Handler of SQLAlchemy's event `connect`: makes the session's transactions read-only by default."""
    with connection.cursor() as cursor:
        cursor.execute(READ_ONLY)
    connection.commit()


RunNumber = Annotated[int, Field(ge=1, le=2**63 - 1), IN_DIGITS]
OfRun = Annotated[
    RunNumber | None, Query(description="a kept run; 410 when it is gone, 404 when it never was; without it: the live")
]


def reading(request: Request, response: Response, run_id: OfRun = None) -> Iterator[Reading]:
    """FastAPI dependency: the request's reading; its transaction ends before the answer is sent.

    Raises Unchanged where a client has the answer of this run already.
    """
    backend = backend_of(request)
    for found in readings(backend, backend.engine, request.scope["route"].gates, run_id):
        if request.method == "GET":
            run, gates = found.run, backend.gatekeeper.version()
            calendar = calendar_digest(backend.settings.calendar_file)
            tag = tag_of(request, backend.head, run.run_id, run.published_at, found.age_hours, gates, calendar)
            spare_if_known(request, tag)
            response.headers.update(headers_of(tag))
        yield found


def probing(request: Request) -> Iterator[Reading]:
    """FastAPI dependency: a reading on a connection of the probes' pool."""
    backend = backend_of(request)
    yield from readings(backend, backend.probe_engine)


def readings(
    backend: Backend, engine: sa.Engine, limited_by: tuple[Gate, ...] = (), run_id: int | None = None
) -> Iterator[Reading]:
    """One reading of the live run, or of the kept run of this number; its transaction ends when the iterator does."""
    with engine.connect() as connection:
        run = run_asked_for(connection, backend.settings.plant, run_id)
        yield Reading(connection, run, backend, limited_by)
        require_still_kept(connection, run)


def require_still_kept(connection: sa.Connection, run: Run) -> None:
    """Raise RunGone if a run that is not live was removed since the transaction began; ends the transaction."""
    if not run.is_live:
        connection.rollback()
        require_kept(connection, run.run_id)


def run_asked_for(connection: sa.Connection, plant: str, run_id: int | None) -> Run:
    """The kept run of this number, or the live one. Raises NoLiveRun, NoSuchRun or RunGone."""
    return resolve_run(connection, plant) if run_id is None else kept_run(connection, plant, run_id)


CurrentReading = Annotated[Reading, Depends(reading, scope="function")]
ProbeReading = Annotated[Reading, Depends(probing, scope="function")]


def require(gate: Gate) -> Callable[[Reading], None]:
    """A route's dependency that closes it while the gate is DISABLED: 409 NOT_SUPPORTED_BY_DATA."""

    def closed_unless_supported(reading: CurrentReading) -> None:
        require_supported(gate, reading)

    return closed_unless_supported


def require_supported(gate: Gate, reading: Reading) -> None:
    """Raise 409 as a Problem while the gate is DISABLED."""
    if reading.gates.status(gate.name) is GateStatus.DISABLED:
        raise not_supported(gate, reading.gates)


def not_supported(gate: Gate, gates: Gates) -> Problem:
    """The Problem that names the closed gate, its match rate and the remedy."""
    judgement = gates.judgements.get(gate.name)
    detail = f"The data does not support {gate.name}: {gates.closed_because or 'too few references find their target'}."
    return Problem(
        409,
        "NOT_SUPPORTED_BY_DATA",
        detail,
        **facts_of(gate, judgement),
        threshold=float(gate.opens_at),
        enabled_at=float(gate.enabled_at),
        reason="MATCH_RATE" if judgement else "GATES_UNAVAILABLE",
        remedy=gate.remedy if judgement else f"Run {typed('feature-gates')} to write the gates of the live run.",
    )


def quality(gate: Gate, gates: Gates) -> DataQuality:
    """Limits of an answer that rests on this gate."""
    status = gates.status(gate.name)
    return DataQuality(
        **described(gate, status, gates.judgements.get(gate.name)),
        left_empty=list(gate.values) if status is GateStatus.DISABLED else [],
        reason=gates.closed_because,
    )
