"""Putting measured latencies into pytest-benchmark, whose own loops are closed (the next call waits for the last).

The benchmark replays what was measured: its timer is a clock that moves by one measured latency per round, so that
`benchmark.pedantic` records exactly the open-loop latencies, and benchmark.json names that clock as the timer. Only
public interface is used: the `timer` of the benchmark marker, `pedantic` and `extra_info`. In a test module:

    @pytest.mark.benchmark(group="slo", timer=OPEN_LOOP_CLOCK)
    def test_orders_list(benchmark, ...): record(benchmark, measurement.of("orders-list"))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from app.performance.errors import PerformanceError
from app.performance.load.measurement import SloResult


class NotRecorded(PerformanceError):
    """pytest-benchmark did not keep the measured latencies: it is disabled, or nothing was measured."""

    code = "NOT_RECORDED"


class ReplayClock:
    """A clock in seconds that only moves when it is told to."""

    __name__ = "latency_from_intended_send_time"
    """The name of the timer in pytest-benchmark's file."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def __call__(self) -> float:
        return self._now_s

    def rewind(self) -> None:
        """Reset to zero, so that a round's difference is the latency itself, without rounding."""
        self._now_s = 0.0

    def move(self, seconds: float) -> None:
        """Advance by this many seconds."""
        self._now_s += seconds


OPEN_LOOP_CLOCK = ReplayClock()
"""The clock for the marker and for `record`; tests run one after another, so all share it."""


class Benchmark(Protocol):
    """The part of pytest-benchmark's fixture that `record` uses."""

    extra_info: dict[str, Any]
    stats: Any

    def pedantic(
        self, target: Callable[[], None], *, setup: Callable[[], None], rounds: int, iterations: int
    ) -> Any: ...


def record(benchmark: Benchmark, result: SloResult, clock: ReplayClock = OPEN_LOOP_CLOCK) -> None:
    """Replay an SLO's latencies through the fixture, with p95 and its bound in extra_info.

    `clock` must be the timer of the test's benchmark marker. Raises NotRecorded when nothing was measured, or when the
    fixture does not hold the latencies afterwards (it is disabled, as under xdist, or has another timer).
    """
    judgement, latencies_s = result.judgement, [latency / 1000 for latency in result.latencies_ms]
    benchmark.extra_info |= {
        "slo": result.slo.name,
        "status": judgement.status.value,
        "arrival_rate_per_s": result.slo.rate_per_s,
        "errors": judgement.errors,
        "target_ms": result.slo.target_ms,
        "p95_ms": judgement.p95_ms,
        "p95_upper_bound_ms": judgement.upper_bound_ms,
        "sorted_ms": sorted(result.latencies_ms),
    }
    if not latencies_s:
        raise NotRecorded(f"{result.slo.name} has no latency to record: {judgement.reason}.")
    coming = iter(latencies_s)
    benchmark.pedantic(lambda: clock.move(next(coming)), setup=clock.rewind, rounds=len(latencies_s), iterations=1)
    held = None if benchmark.stats is None else list(benchmark.stats.stats.data)
    if held != latencies_s:
        raise NotRecorded(
            f"pytest-benchmark does not hold the latencies of {result.slo.name}: run without -n and without "
            "--benchmark-disable, and give the marker timer=OPEN_LOOP_CLOCK."
        )
