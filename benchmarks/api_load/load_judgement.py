"""Judges a record by its targets, each met, missed or not measured."""

from __future__ import annotations

from functools import partial
from typing import Any

from benchmarks.api_load.plan import FULL, SHARE_OF_TARGET
from benchmarks.api_load.record import BEFORE, NOW, Record
from benchmarks.ingestion_speed.figures import Figure, Judged, NotMeasured, Target, median, paired_ratios

SAME_COST = 1.3
SAME_SPEED = 1.1
"""Most that p95 may be longer, or the capacity lower, than before."""
MEASURED = ("MET", "VIOLATED")
BEST_OVER_LEAST = 1.25
"""Most that the best throughput may be of the least: it stays within a fifth of its best."""
HEALTH_MS, RECOVERED_S = 50, 1


def judged(record: Record) -> list[Judged]:
    """Judge each target of the API's speed."""
    return [*(judged_steady(record, name) for name in record.targets_ms), judged_mix(record), judged_pages(record)]


def judged_comparison(record: Record) -> list[Judged]:
    """Judge each SLO endpoint against the same one of the other checkout."""
    return [one(record, name) for name in record.targets_ms for one in (judged_latency, judged_capacity)]


def judged_overload(record: Record) -> list[Judged]:
    """Judge each target of the overload."""
    return [one.judged(record) for one in OVERLOAD]


def levels_of(record: Record) -> list[dict[str, Any]]:
    """The levels of the overload. Raises NotMeasured unless all of the full plan are there."""
    if not record.overload:
        raise NotMeasured(record.failures.get("overload", "it was not tried"))
    tried = tuple(one["connections"] for one in record.overload)
    if tried != FULL.crowds:
        needed = ", ".join(f"{crowd:,}" for crowd in FULL.crowds)
        raise NotMeasured(f"{', '.join(map(str, tried))} connections were tried, {needed} are needed")
    return record.overload


def throughput(record: Record) -> Figure:
    """The best throughput over the least."""
    rates = [one["right_per_s"] for one in levels_of(record)]
    if not min(rates):
        raise NotMeasured("no right answer came at one of the levels")
    return max(rates) / min(rates), rates, "right answers/s at each number of connections"


def wrong_answers(record: Record) -> Figure:
    """Answers other than right ones and OVERLOADED, /api/health's included."""
    counts = [sum(one["wrong"].values()) + one["health_failures"] for one in levels_of(record)]
    return sum(counts), counts, "every body checked"


def slowest(member: str, record: Record) -> Figure:
    """The largest of one figure of the levels."""
    values = [one[member] for one in levels_of(record)]
    return max(values), values, ""


OVERLOAD = (
    Target("Overload: best throughput over the least", BEST_OVER_LEAST, "×", throughput),
    Target("Overload: answers other than right ones and OVERLOADED", 0, "answers", wrong_answers),
    Target("Overload: p99 of /api/health", HEALTH_MS, "ms", partial(slowest, "health_p99_ms")),
    Target("Overload: four requests one by one right after", RECOVERED_S, "s", partial(slowest, "recovery_s")),
)


def judged_latency(record: Record, name: str) -> Judged:
    """The median over the rounds of p95 now over p95 before."""
    title, unit = f"{name}: p95 against before", "× before"
    try:
        found = compared(record, name)
        ratios = paired_ratios(found[NOW]["p95_ms"], found[BEFORE]["p95_ms"])
    except NotMeasured as reason:
        return Judged(title, SAME_SPEED, unit, None, (), str(reason))
    note = "p95, ms: " + ", ".join(f"{side} {median(found[side]['p95_ms']):.1f}" for side in (BEFORE, NOW))
    return Judged(title, SAME_SPEED, unit, median(ratios), ratios, note)


def judged_capacity(record: Record, name: str) -> Judged:
    """The capacity before over the capacity now."""
    title, unit = f"{name}: capacity before against now", "× now"
    try:
        before, now = (compared(record, name)[side]["capacity"] for side in (BEFORE, NOW))
        if not before or not now:
            raise NotMeasured("no rate held on one of the sides")
    except NotMeasured as reason:
        return Judged(title, SAME_SPEED, unit, None, (), str(reason))
    return Judged(title, SAME_SPEED, unit, before / now, (), f"requests/s: before {before:g}, now {now:g}")


def compared(record: Record, name: str) -> dict[str, dict[str, Any]]:
    """Both sides of an SLO endpoint. Raises NotMeasured where a round of one could not be judged, or erred."""
    found = record.compared.get(name)
    if found is None:
        reasons = (record.failures.get(one) for one in (f"comparison {name}", "before"))
        raise NotMeasured(next(filter(None, reasons), "it was not tried"))
    statuses = {status for side in found.values() for status in side["statuses"]}
    if not statuses or not statuses.issubset(MEASURED):
        raise NotMeasured(f"rounds ended as {', '.join(sorted(statuses)) or 'none'}")
    return found


def judged_steady(record: Record, name: str) -> Judged:
    """One SLO endpoint alone: the upper bound of its p95 against a quarter of its target."""
    title, limit, unit = (
        f"{name}: p95 at {record.plan['steady_rate']:g}/s, upper bound",
        record.targets_ms[name] * SHARE_OF_TARGET,
        "ms",
    )
    found = record.steady.get(name)
    if found is None:
        return Judged(title, limit, unit, None, (), record.failures.get(f"steady {name}", "it was not tried"))
    if found["status"] not in MEASURED:
        return Judged(title, limit, unit, None, (), found["reason"])
    note = f"p50 {found['p50_ms']:.1f}, p95 {found['p95_ms']:.1f}; {found['correct']:,} requests"
    return Judged(title, limit, unit, found["upper_bound_ms"], (found["p95_ms"],), note)


def judged_mix(record: Record) -> Judged:
    """Requests without a correct answer among all of the mix."""
    title, unit = "Errors in the mix of all SLO endpoints", "requests"
    if not record.mix:
        return Judged(title, 0, unit, None, (), record.failures.get("mix", "it was not tried"))
    asked = sum(one["requests"] for one in record.mix.values())
    if asked < FULL.mix_requests:
        reason = f"{asked:,} requests were sent, {FULL.mix_requests:,} are needed"
        return Judged(title, 0, unit, None, (), reason)
    errors = [one["errors"] for one in record.mix.values()]
    rate = sum(one["rate_per_s"] for one in record.mix.values())
    return Judged(title, 0, unit, sum(errors), tuple(errors), f"{asked:,} requests at {rate:g}/s, every body checked")


def judged_pages(record: Record) -> Judged:
    """The dearer of the two pages over the other, by their medians."""
    title, unit = "A deep page of orders against the first", "× the other"
    try:
        if not record.pages:
            raise NotMeasured(record.failures.get("pages", "it was not tried"))
        found = record.pages
        if found["errors"]:
            raise NotMeasured(f"{found['errors']} pages were wrong or missing")
        first, deep = median(found["first"]), median(found["deep"])
        if found["depth"] < FULL.depth:
            raise NotMeasured(f"the deep page is {found['depth']:,} orders down, {FULL.depth:,} are needed")
    except NotMeasured as reason:
        return Judged(title, SAME_COST, unit, None, (), str(reason))
    note = f"medians: first {first:.1f} ms, {found['depth']:,} orders down {deep:.1f} ms; {len(found['deep'])} of each"
    return Judged(title, SAME_COST, unit, max(deep / first, first / deep), (deep / first,), note)
