"""SLO endpoints under load: each alone at one rate, all of them mixed, and each at the rates that a search asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

from app.performance.load.generator import calibrate
from app.performance.load.measurement import Measurement, SloResult, measure_all
from app.performance.slo.slo_declaration import LEAST_REQUESTS, Slo
from app.performance.slo.slo_judgement import SloStatus
from benchmarks.api_load.capacity import Outcome, Try, search
from benchmarks.api_load.plan import SHARE_OF_TARGET, Plan
from benchmarks.api_load.record import plain
from benchmarks.api_load.service import Service
from benchmarks.api_load.shaping import shaped


def offered(service: Service, slos: Sequence[Slo], plan: Plan) -> Measurement:
    """The SLOs together under one load, the generator tried alone before."""
    tried = partial(calibrate, requests=plan.calibration_requests)
    return measure_all(service.base_url, slos, service.truth, key=service.key, calibrated=tried)


def steady(service: Service, slo: Slo, plan: Plan) -> dict[str, Any]:
    """One endpoint alone at the plan's rate, judged against a quarter of its target."""
    target_ms = slo.target_ms * SHARE_OF_TARGET
    asked = shaped(slo, plan.steady_rate, plan.steady_requests, target_ms=target_ms, warm_up_s=plan.warm_up_s)
    (result,) = offered(service, [asked], plan).results
    return plain(result)


def mixed(service: Service, slos: Sequence[Slo], plan: Plan) -> dict[str, dict[str, Any]]:
    """All endpoints together, each at its declared rate, until the plan's number of requests has been sent."""
    each = -(-plan.mix_requests // len(slos))
    asked = [replace(slo, warm_up_requests=0, measured_requests=each) for slo in slos]
    return {result.slo.name: plain(result) for result in offered(service, asked, plan).results}


def capacity(service: Service, slo: Slo, plan: Plan) -> dict[str, Any]:
    """The search over arrival rates of one endpoint alone, as plain values."""

    def measured(rate_per_s: float) -> Try:
        requests = max(plan.step_requests, round(rate_per_s * plan.step_s))
        asked = shaped(slo, rate_per_s, requests, warm_up_s=plan.warm_up_s)
        (result,) = offered(service, [asked], plan).results
        return Try(rate_per_s, outcome_of(result), result.judgement.upper_bound_ms)

    return asdict(search(measured, plan.start_rate, plan.most_steps))


def outcome_of(result: SloResult) -> Outcome:
    """The outcome of one rate. Errors first, then whether the rate was offered at all, then the bound."""
    judgement = result.judgement
    if judgement.status is SloStatus.ERRORS:
        return Outcome.ERRORS
    if judgement.status is SloStatus.NOT_MEASURED and judgement.samples >= LEAST_REQUESTS:
        return Outcome.GENERATOR
    bound = judgement.upper_bound_ms
    return Outcome.HOLDS if bound is not None and bound < result.slo.target_ms else Outcome.EXCEEDS
