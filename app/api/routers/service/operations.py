"""Routes for liveness, readiness and the state of the feature gates."""

from __future__ import annotations

import sqlalchemy as sa
from fastapi import Request

from app.api.admission import admitting_router
from app.api.http.problems import Problem
from app.api.routers.route_declaration import PUBLIC, declared
from app.api.schemas.operations import GateAnswer, GatesAnswer, HealthAnswer, ReadyAnswer
from app.api.slots import SlotPool
from app.api.snapshot_reading import CurrentReading, ProbeReading, backend_of
from app.features.gate_declaration import load_gates
from app.features.gate_judgement import described
from app.typed import typed

router = admitting_router("operations")
REVISION = sa.text("SELECT version_num FROM public.alembic_version")


@router.get("/api/health", **PUBLIC, response_model=HealthAnswer)
async def health() -> HealthAnswer:
    """The process is alive; nothing else is asked."""
    return HealthAnswer()


@router.get(**declared("/api/ready", scope=None, slot_pool=SlotPool.PROBES), response_model=ReadyAnswer)
def ready(request: Request, reading: ProbeReading) -> ReadyAnswer:
    """The database answers, its schema is at head, a run is live, and its gates are known; otherwise 503."""
    backend = backend_of(request)
    revisions = set(reading.connection.execute(REVISION).scalars())
    if revisions != {backend.head}:
        raise Problem(
            503,
            "SCHEMA_NOT_READY",
            f"The database's schema is not at this version. Run {typed('bootstrap')}.",
            expected=backend.head,
            found=sorted(revisions),
        )
    if reading.gates.closed_because is not None:
        detail = f"Guarded endpoints are closed: {reading.gates.closed_because}. Run {typed('feature-gates')}."
        raise Problem(503, "GATES_UNAVAILABLE", detail)
    return ReadyAnswer(
        run_id=reading.run.run_id,
        plant=reading.run.plant,
        schema_revision=backend.head,
        gates_source=backend.gatekeeper.source,
    )


@router.get(**declared("/api/feature-gates"), response_model=GatesAnswer)
def feature_gates(request: Request, reading: CurrentReading) -> GatesAnswer:
    """Each declared gate, judged by the live run's data."""
    backend, judged = backend_of(request), reading.gates
    return GatesAnswer(
        run_id=reading.run.run_id,
        plant=reading.run.plant,
        excel_sha256=reading.run.excel_sha256,
        source=backend.gatekeeper.source,
        closed_because=reading.gates.closed_because,
        gates=[
            GateAnswer(**described(gate, judged.status(gate.name), judged.judgements.get(gate.name)))
            for gate in load_gates()
        ],
    )
