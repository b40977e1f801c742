"""The measurements in their order, into a record."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.performance.load.connection import Connections
from app.performance.load.preparation import OPENAPI, ORDERS, asked
from app.performance.slo.slo_declaration import Slo
from benchmarks.api_load import load, others, overload, pages
from benchmarks.api_load.plan import Plan
from benchmarks.api_load.record import Record
from benchmarks.api_load.service import Service

Say = Callable[[str], None]


def carry_out(record: Record, service: Service, slos: Sequence[Slo], plan: Plan, say: Say) -> None:
    """Make every measurement. The reason of one that cannot be made is recorded, and the others go on."""
    record.targets_ms = {slo.name: slo.target_ms for slo in slos}
    for slo in slos:
        say(f"{slo.name} at {plan.steady_rate:g}/s")
        with record.attempt(f"steady {slo.name}"):
            record.steady[slo.name] = load.steady(service, slo, plan)
    say(f"the mix, {plan.mix_requests:,} requests")
    with record.attempt("mix"):
        record.mix = load.mixed(service, slos, plan)
    for slo in slos:
        if slo.endpoint == ORDERS:
            say("first and deep page in turn")
            with record.attempt("pages"):
                record.pages = pages.paged(service, slo, plan)
    everything_else(record, service, slos, plan, say)
    for slo in slos:
        say(f"{slo.name} at rising rates")
        with record.attempt(f"capacity {slo.name}"):
            record.capacity[slo.name] = load.capacity(service, slo, plan)
    crowd(record, service, plan, say)


def crowd(record: Record, service: Service, plan: Plan, say: Say) -> None:
    """Measure more requests at once than there are places."""
    with record.attempt("overload"):
        record.overload = overload.overloaded(service, plan, say)


def everything_else(record: Record, service: Service, slos: Sequence[Slo], plan: Plan, say: Say) -> None:
    """Measure the endpoints that no SLO's load covers."""
    connections = Connections(service.base_url, service.key)
    try:
        with record.attempt("endpoints without an SLO"):
            document = asked(connections, OPENAPI)
            covered = {slo.endpoint for slo in slos}
            supplied = others.supply(service.truth, others.kept_scenario(service.base_url, service.key))
            for template in (*others.endpoints(document, covered), *others.variants(slos)):
                say(f"GET {template}")
                with record.attempt(template):
                    record.others[template] = others.cost(connections, slos[0], template, supplied, plan, document)
    finally:
        connections.close()
