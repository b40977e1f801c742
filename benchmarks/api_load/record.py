"""Record of one campaign so far, with the reason of each missing figure."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from app.api.process.starting import ServerError
from app.performance.errors import PerformanceError
from app.performance.load.connection import ExchangeFailed
from app.performance.load.measurement import SloResult
from benchmarks.ingestion_speed.record import EXPECTED_TROUBLE as TROUBLE_OF_INGESTIONS
from benchmarks.ingestion_speed.record import reason_kept


class CheckoutFailed(RuntimeError):
    """A command of the other checkout failed; the message has the last line that it wrote."""


EXPECTED_TROUBLE = (*TROUBLE_OF_INGESTIONS, PerformanceError, ExchangeFailed, ServerError, CheckoutFailed)
"""Exceptions that leave one figure out; any other is a fault of the benchmark and ends it."""

BEFORE, NOW = "before", "now"
"""The sides of a comparison: the other checkout, and this one."""


@dataclass(slots=True)
class Record:
    """steady, mix: by SLO. capacity: by SLO, see capacity.Capacity. pages: latencies in ms, "first" and "deep".

    others: by endpoint. overload: by number of connections, see overload.py. compared: by SLO and by side, BEFORE and
    NOW; empty without another checkout. failures: the reason by the name of what could not be measured. All of plain
    values.
    """

    machine: dict[str, Any] = field(default_factory=dict)
    workbook: dict[str, Any] = field(default_factory=dict)
    plan: dict[str, Any] = field(default_factory=dict)
    targets_ms: dict[str, float] = field(default_factory=dict)
    steady: dict[str, dict[str, Any]] = field(default_factory=dict)
    mix: dict[str, dict[str, Any]] = field(default_factory=dict)
    capacity: dict[str, dict[str, Any]] = field(default_factory=dict)
    pages: dict[str, Any] = field(default_factory=dict)
    others: dict[str, dict[str, Any]] = field(default_factory=dict)
    overload: list[dict[str, Any]] = field(default_factory=list)
    compared: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def attempt(self, name: str) -> Iterator[None]:
        """Measure something; when that cannot be, keep the reason and go on."""
        with reason_kept(self.failures, name, EXPECTED_TROUBLE):
            yield


def plain(result: SloResult) -> dict[str, Any]:
    """An SLO's result as the record keeps it; latencies in ms."""
    judgement = result.judgement
    return {
        "status": judgement.status.value,
        "reason": judgement.reason,
        "rate_per_s": result.slo.rate_per_s,
        "achieved_rate_per_s": result.achieved_rate_per_s,
        "requests": result.slo.warm_up_requests + result.slo.measured_requests,
        "correct": judgement.samples,
        "errors": judgement.errors,
        "errors_by_code": dict(result.errors_by_code),
        "faults": [fault.detail for fault in result.faults],
        "p50_ms": judgement.p50_ms,
        "p95_ms": judgement.p95_ms,
        "upper_bound_ms": judgement.upper_bound_ms,
        "max_ms": judgement.max_ms,
        "generator_late_p95_ms": result.late_p95_ms,
        "latencies_ms": list(result.latencies_ms),
    }
