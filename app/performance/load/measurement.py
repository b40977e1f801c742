"""Measures all SLOs against a served API: prepare, calibrate the generator, load, check every answer, judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app.performance.load.answer_checking import Check, Fault, fault_of
from app.performance.load.connection import OVERDUE, Answer, Connections
from app.performance.load.generator import Calibration, calibrate, doubt_of, lateness_p95_ms
from app.performance.load.load import SENDERS, Exchange, Progress, offer
from app.performance.load.preparation import Preparation, prepare
from app.performance.load.processor_split import MachineLoad, Times, load_between, read_times
from app.performance.load.timetable import timetable
from app.performance.load.truth import Truth
from app.performance.slo.slo_declaration import Slo
from app.performance.slo.slo_judgement import DECIMALS, Doubt, Judgement, judge

KEPT_FAULTS = 5
"""Number of faults per SLO whose details are kept; all are counted."""


@dataclass(frozen=True, slots=True)
class SloResult:
    """One SLO as measured.

    Latencies in ms, of correct answers only, in the order of their intended times. errors_by_code counts warm-up
    requests too. achieved_rate_per_s is that of the sends. first_ms: the first request, before any warm-up. queued:
    requests that waited because every sender was busy. late_p95_ms: the generator's own lateness.
    """

    slo: Slo
    judgement: Judgement
    latencies_ms: tuple[float, ...]
    errors_by_code: Mapping[str, int]
    faults: tuple[Fault, ...]
    achieved_rate_per_s: float | None
    first_ms: float | None
    queued: int
    late_p95_ms: float | None


@dataclass(frozen=True, slots=True)
class Measurement:
    """All SLOs of one load and its total rate, the generator's calibration, and the machine's load."""

    results: tuple[SloResult, ...]
    rate_per_s: float
    senders: int
    calibration: Calibration | None
    machine: MachineLoad | None = None

    def of(self, name: str) -> SloResult:
        """The result of this SLO. Raises KeyError."""
        return {result.slo.name: result for result in self.results}[name]


def measure_all(
    base_url: str,
    slos: Sequence[Slo],
    truth: Truth,
    *,
    key: str | None = None,
    progress: Progress | None = None,
    senders: int = SENDERS,
    calibrated: Callable[[float], Calibration] | None = calibrate,
    times: Callable[[], Times | None] = read_times,
) -> Measurement:
    """Measure the SLOs together against the API at base_url, which serves the run that `truth` was read from.

    key: an API key. progress: called with (phase, done, total). calibrated: None leaves the calibration out. times: the
    machine's processor times. Raises PreparationError when the service cannot be measured at all; failures of single
    requests are errors of their SLO.
    """
    rate_per_s = sum(slo.rate_per_s for slo in slos)
    connections = Connections(base_url, key)
    try:
        prepared = prepare(slos, connections, truth)
        calibration = calibrated(rate_per_s) if calibrated is not None else None
        arrivals = timetable(slos, prepared.requests)
        before = times()
        exchanges = offer(arrivals, connections.get, senders=senders, progress=progress)
        machine = load_between(before, times())
    finally:
        connections.close()
    results = judged(slos, exchanges, prepared, calibration, machine)
    return Measurement(results, rate_per_s, senders, calibration, machine)


def judged(
    slos: Sequence[Slo],
    exchanges: Sequence[Exchange],
    prepared: Preparation,
    calibration: Calibration | None,
    machine: MachineLoad | None = None,
) -> tuple[SloResult, ...]:
    """Check every answer and judge every SLO."""
    by_slo: dict[str, list[Exchange]] = {slo.name: [] for slo in slos}
    for done in exchanges:
        by_slo[done.arrival.request.slo].append(done)
    return tuple(result_of(slo, by_slo[slo.name], prepared.checks[slo.name], calibration, machine) for slo in slos)


def unmeasured(slo: Slo, reason: str) -> SloResult:
    """The result of an SLO without requests."""
    judgement = judge([], 0, target_ms=slo.target_ms, quantile=slo.quantile, doubt=Doubt(reason))
    return SloResult(slo, judgement, (), {}, (), None, None, 0, None)


def result_of(
    slo: Slo,
    exchanges: Sequence[Exchange],
    checks: tuple[Check, ...],
    calibration: Calibration | None,
    machine: MachineLoad | None = None,
) -> SloResult:
    """The result of one SLO from its exchanges. Equal answers to equal requests are checked once."""
    seen: dict[tuple[str, Answer], Fault | None] = {}
    counted, faults, latencies = Counter[str](), [], []
    for done in exchanges:
        fault = checked(done, checks, seen)
        if fault is not None:
            counted[fault.code] += 1
            faults.append(fault)
        elif not done.arrival.is_warm_up:
            latencies.append(round(done.latency_s * 1000, DECIMALS))
    measured = [done for done in exchanges if not done.arrival.is_warm_up]
    if not exchanges:
        return unmeasured(slo, f"the run holds nothing to ask {slo.endpoint} for")
    late_p95_ms = lateness_p95_ms(measured)
    judgement = judge(
        latencies,
        len(faults),
        target_ms=slo.target_ms,
        quantile=slo.quantile,
        overdue=sum(counted[code] for code in OVERDUE),
        doubt=doubt_of(slo.target_ms, late_p95_ms, calibration, machine),
    )
    return SloResult(
        slo=slo,
        judgement=judgement,
        latencies_ms=tuple(latencies),
        errors_by_code=dict(counted),
        faults=tuple(faults[:KEPT_FAULTS]),
        achieved_rate_per_s=rate_of(measured),
        first_ms=round(exchanges[0].latency_s * 1000, DECIMALS),
        queued=sum(done.queued_s > 0 for done in measured),
        late_p95_ms=late_p95_ms,
    )


def checked(done: Exchange, checks: tuple[Check, ...], seen: dict[tuple[str, Answer], Fault | None]) -> Fault | None:
    """The fault of one exchange, or None."""
    request = done.arrival.request
    if done.answer is None:
        assert done.failure is not None
        return Fault(done.failure.code, f"GET {request.path}: {done.failure}")
    key = (request.path, done.answer)
    if key not in seen:
        seen[key] = fault_of(request, done.answer, checks)
    return seen[key]


def rate_of(exchanges: Sequence[Exchange]) -> float | None:
    """Mean rate of the sends, per second; None for fewer than two, or when all were sent at one time."""
    lasted_s = exchanges[-1].sent - exchanges[0].sent if exchanges else 0.0
    return round((len(exchanges) - 1) / lasted_s, DECIMALS) if lasted_s > 0 else None
