"""/metrics, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import sqlalchemy as sa
from fastapi import Request
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily, InfoMetricFamily, Metric

from app.api.admission import admitting_router
from app.api.keys.api_keys import ApiKey
from app.api.plant_backends import PlantBackends
from app.api.plant_metrics import ingestion_metrics, plan_metrics, refused_metric
from app.api.routers.route_declaration import declared
from app.api.slots import SlotPool
from app.api.snapshot_reading import Backend, Reading, backend_of
from app.contract.quality_issues import ROWS_REFUSED
from app.database.errors import DatabaseError
from app.database.run_tables import snapshots_in_database
from app.features.gate_declaration import load_gates
from app.features.gate_judgement import GateStatus
from app.ingestion.runs.retention import kept_and_beyond
from app.planning.snapshot.live_run import NoLiveRun, Run, resolve_run

router = admitting_router("metrics")
ASKED_AT_ONCE = 8


@router.get(**declared("/metrics", slot_pool=SlotPool.PROBES), response_class=PlainTextResponse)
def metrics(request: Request) -> PlainTextResponse:
    """Requests, latency, database pool, live run and gates. Answers also while the database does not."""
    backend = backend_of(request)
    known: PlantBackends = request.app.state.plants
    key: ApiKey | None = getattr(request.state, "key", None)
    shown = [one for one in known.made() if key is None or key.is_for(one.settings.plant)]
    further = [one for one in shown if one.settings.plant != backend.settings.plant]
    moment = [build(request.app.version, backend.head), *data_metrics(backend)]
    if further:
        moment = joined([*moment, *further_metrics(further)])
    return PlainTextResponse(backend.metrics.text(moment), media_type=CONTENT_TYPE_LATEST)


def build(version: str, head: str) -> Metric:
    """The metric that names the build of this process."""
    return InfoMetricFamily("prodplan_build", "This build", value={"version": version, "schema_head": head})


def further_metrics(backends: list[Backend]) -> list[Metric]:
    """Metrics of the plants beside this address's own: several are asked at once, each within a connection's bounds."""
    with ThreadPoolExecutor(ASKED_AT_ONCE) as pool:
        return [metric for found in pool.map(plant_metrics, backends) for metric in found]


def plant_metrics(backend: Backend) -> list[Metric]:
    """Runs, queue, snapshots, live run, gates and orders of one plant, and whether its database answered."""
    plant = backend.settings.plant
    is_up = GaugeMetricFamily("prodplan_plant_up", "1 if the plant's database answered", labels=["plant"])
    found: list[Metric] = []
    try:
        with backend.probe_engine.connect() as connection:
            found.extend(ingestion_metrics(connection, plant))
            found.extend(kept_metrics(connection, backend))
            with suppress(NoLiveRun):
                found.extend(run_metrics(connection, backend))
    except (sa.exc.SQLAlchemyError, DatabaseError):
        is_up.add_metric([plant], 0)
        return [is_up]
    is_up.add_metric([plant], 1)
    return [is_up, *found]


def joined(metrics: Iterable[Metric]) -> list[Metric]:
    """One metric for each name, with the samples of all plants: Prometheus takes no name twice."""
    found: dict[tuple[str, str], Metric] = {}
    for metric in metrics:
        first = found.setdefault((metric.name, metric.type), metric)
        if first is not metric:
            first.samples.extend(metric.samples)
    return list(found.values())


def data_metrics(backend: Backend) -> list[Metric]:
    """Metrics of the live run and its gates, read from the database now."""
    is_up = GaugeMetricFamily("prodplan_database_up", "1 if the database answered this request's questions")
    found: list[Metric] = []
    try:
        with backend.probe_engine.connect() as connection:
            found.extend(kept_metrics(connection, backend))
            found.append(snapshots_metric(connection))
            found.extend(ingestion_metrics(connection, backend.settings.plant))
            with suppress(NoLiveRun):
                found.extend(run_metrics(connection, backend))
    except (sa.exc.SQLAlchemyError, DatabaseError):
        is_up.add_metric([], 0)
        return [is_up]
    is_up.add_metric([], 1)
    return [is_up, *found]


def kept_metrics(connection: sa.Connection, backend: Backend) -> Iterator[Metric]:
    """Counts of the snapshots that retention keeps, and of those it had to leave because they are being read."""
    plant, keep = backend.settings.plant, backend.settings.retention_keep
    kept, beyond = kept_and_beyond(connection, plant, keep)
    postponed = [one for one in beyond if one.status != "RUNNING"]
    counted = GaugeMetricFamily("prodplan_snapshots", "Snapshots that retention keeps", labels=["plant"])
    counted.add_metric([plant], len(kept))
    yield counted
    left = GaugeMetricFamily(
        "prodplan_snapshots_postponed", "Snapshots that retention left because somebody read them", labels=["plant"]
    )
    left.add_metric([plant], len(postponed))
    yield left


def snapshots_metric(connection: sa.Connection) -> Metric:
    """The number of snapshots of all plants in the database."""
    whole = GaugeMetricFamily("prodplan_snapshots_in_database", "Snapshots of all plants in the database")
    whole.add_metric([], snapshots_in_database(connection))
    return whole


def live_metrics(run: Run) -> Iterator[Metric]:
    """The live run's number, when it was published, and the age of its data.

    How long ago it was published is `time() - prodplan_live_run_published_timestamp_seconds`, by Prometheus' own clock.
    The data's age is computed here, because as_of is the factory's local time, which Prometheus does not know.
    """
    number = GaugeMetricFamily("prodplan_live_run", "Number of the live run", labels=["plant"])
    number.add_metric([run.plant], run.run_id)
    published = GaugeMetricFamily(
        "prodplan_live_run_published_timestamp_seconds", "When it was published, Unix time", labels=["plant"]
    )
    published.add_metric([run.plant], run.published_at.timestamp())
    yield number
    yield published
    if run.age is not None:
        age = GaugeMetricFamily("prodplan_data_age_seconds", "Since the live run's latest event", labels=["plant"])
        age.add_metric([run.plant], run.age.total_seconds())
        yield age


def run_metrics(connection: sa.Connection, backend: Backend) -> Iterator[Metric]:
    """Metrics of the live run and its gates. Raises NoLiveRun."""
    plant = backend.settings.plant
    run = resolve_run(connection, plant)
    yield from live_metrics(run)
    refused = GaugeMetricFamily(
        "prodplan_refused_rows",
        "Refused rows of the live run, of sheets with noticeably many",
        labels=["plant", "sheet"],
    )
    warned = GaugeMetricFamily(
        "prodplan_warned_rows", "Rows or values that the live run warns of", labels=["plant", "sheet", "code"]
    )
    for one in run.warnings:
        warned.add_metric([plant, one.sheet, one.code], one.rows)
        if one.code == ROWS_REFUSED.code:
            refused.add_metric([plant, one.sheet], one.rows)
    yield refused
    yield refused_metric(connection, plant, run.run_id)
    yield warned
    about = {
        "plant": plant,
        "run_id": str(run.run_id),
        "excel_sha256": run.excel_sha256,
        "as_of": run.as_of.isoformat() if run.as_of else "",
    }
    yield InfoMetricFamily("prodplan_live_run", "The live run; as_of is its latest event, factory-local", value=about)
    reading = Reading(connection, run, backend)
    yield from gate_metrics(reading)
    yield from plan_metrics(reading)


def gate_metrics(reading: Reading) -> Iterator[Metric]:
    """Each gate's status, 1 for the one that holds, and its match rate where it is known."""
    plant = reading.run.plant
    statuses = GaugeMetricFamily("prodplan_gate_status", "1 for the gate's status", labels=["plant", "gate", "status"])
    rates = GaugeMetricFamily(
        "prodplan_gate_match_rate", "Match rate that the gate was judged by", labels=["plant", "gate"]
    )
    for gate in load_gates():
        for status in GateStatus:
            statuses.add_metric([plant, gate.name, status.value], reading.gates.status(gate.name) is status)
        judgement = reading.gates.judgements.get(gate.name)
        if judgement is not None and judgement.match_rate is not None:
            rates.add_metric([plant, gate.name], judgement.match_rate)
    yield statuses
    yield rates
