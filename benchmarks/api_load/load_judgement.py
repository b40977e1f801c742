"""Judges a record by its targets, each met, missed or not measured."""

from __future__ import annotations

from benchmarks.api_load.plan import FULL, SHARE_OF_TARGET
from benchmarks.api_load.record import Record
from benchmarks.ingestion_speed.figures import Judged, NotMeasured, median

SAME_COST = 1.3
MEASURED = ("MET", "VIOLATED")


def judged(record: Record) -> list[Judged]:
    """Judge each target of the API's speed."""
    return [*(judged_steady(record, name) for name in record.targets_ms), judged_mix(record), judged_pages(record)]


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
