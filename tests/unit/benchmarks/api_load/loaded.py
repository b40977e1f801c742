"""A record of the API's benchmark with plausible figures."""

from __future__ import annotations

from typing import Any

from benchmarks.api_load.plan import FULL
from benchmarks.api_load.record import Record

TARGETS = {"orders-list": 400.0, "order-detail": 250.0}


def of_slo(requests: int = 1000, **more: Any) -> dict[str, Any]:
    """One SLO of a load, as it is kept."""
    return {
        "status": "MET", "reason": "it is under", "rate_per_s": 50, "achieved_rate_per_s": 50.0, "requests": requests,
        "correct": requests, "errors": 0, "errors_by_code": {}, "faults": [], "p50_ms": 5.0, "p95_ms": 20.0,
        "upper_bound_ms": 25.0, "max_ms": 60.0, "generator_late_p95_ms": 0.2, "latencies_ms": [],
    } | more  # fmt: skip


def level_of(connections: int, **more: Any) -> dict[str, Any]:
    """One level of the overload, as it is kept."""
    return {
        "connections": connections, "elapsed_s": 4.0, "right": 1600, "right_per_s": 400.0, "overloaded": 0, "wrong": {},
        "p99_ms": 90.0, "health_probes": 200, "health_failures": 0, "health_p99_ms": 9.0, "recovery_s": 0.05,
    } | more  # fmt: skip


def a_record(**more: Any) -> Record:
    """A complete record; `more` replaces some of its parts."""
    tries = [{"rate_per_s": 50, "outcome": "holds", "bound_ms": 10.0}]
    capacity = {"rate_per_s": 310.0, "failed_at_per_s": 330.0, "limited_by": "p95 exceeds its target", "tries": tries}
    parts: dict[str, Any] = {
        "machine": {
            "cpu": "a processor", "cores": 2, "memory_bytes": 8e9, "kernel": "a kernel", "python": "CPython 3.11",
            "packages": {"sqlalchemy": "2.1"}, "load_at_start": 0.1, "load_at_end": 2.0,
            "server": {"version": "18.6", "file_system": "ext4"},
        },
        "workbook": {"kind": "given", "sha256": "0" * 64, "bytes": 37e6, "rows": 1_078_180},
        "plan": {"steady_rate": 50, "workers": 2, "began": "2026-01-01 00:00 UTC", "took_s": 700.0},
        "targets_ms": dict(TARGETS),
        "steady": {name: of_slo() for name in TARGETS},
        "mix": {name: of_slo(FULL.mix_requests // 2) for name in TARGETS},
        "capacity": {name: dict(capacity) for name in TARGETS},
        "pages": {"depth": 25_000, "errors": 0, "first": [4.0, 5.0, 6.0], "deep": [5.0, 5.5, 9.0]},
        "others": {
            "/api/slow": {"p50_ms": 30.0, "p95_ms": 90.0, "largest_body_bytes": 5000, "note": "", "latencies_ms": []},
            "/api/slower": {"p50_ms": 9.0, "p95_ms": 95.0, "largest_body_bytes": 50, "note": "", "latencies_ms": []},
        },
        "overload": [level_of(crowd) for crowd in FULL.crowds],
    }  # fmt: skip
    return Record(**{**parts, **more})
