"""The record as tables of texts: the same for the terminal and for the document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from benchmarks.api_load.capacity import Outcome
from benchmarks.api_load.record import BEFORE, NOW, Record
from benchmarks.ingestion_speed.figures import Judged, median
from benchmarks.ingestion_speed.tables import NONE, Shown, number, shown_targets

TIMES = ("p50, ms", "p95, ms", "upper bound, ms", "longest, ms", "generator late, ms")


def tables_of(record: Record, targets: Sequence[Judged]) -> list[Shown]:
    """The tables that have rows, in the order of the document."""
    every = [
        shown_targets(targets),
        shown_load("Each SLO endpoint alone", record.steady),
        shown_load("The mix of all SLO endpoints", record.mix),
        shown_capacity(record),
        shown_tries(record),
        shown_pages(record),
        shown_others(record),
    ]
    return [one for one in every if one.rows]


def shown_load(title: str, found: dict[str, dict[str, Any]]) -> Shown:
    """One row for each SLO of a load."""
    figures = ("p50_ms", "p95_ms", "upper_bound_ms", "max_ms", "generator_late_p95_ms")
    rows = [
        (name, f"{one['requests']:,}", str(one["errors"]), *(number(one[figure]) for figure in figures))
        for name, one in found.items()
    ]
    return Shown(title, ("endpoint", "requests", "errors", *TIMES), rows)


def shown_capacity(record: Record) -> Shown:
    """The highest rate at which p95 met its target, and what stopped it there."""
    rows = []
    for name, found in record.capacity.items():
        limit = "nothing yet" if found["limited_by"] is None else Outcome(found["limited_by"]).value
        rows.append(
            (
                name,
                f"{record.targets_ms[name]:g}",
                number(found["rate_per_s"]),
                "" if found["failed_at_per_s"] is None else number(found["failed_at_per_s"]),
                limit,
                str(len(found["tries"])),
            )
        )
    return Shown("Capacity", ("endpoint", "p95 target, ms", "holds at, /s", "fails at, /s", "because", "tries"), rows)


def shown_tries(record: Record) -> Shown:
    """The rates that a search tried, in order, with the upper bound of p95 there."""
    rows = [
        (name, ", ".join(f"{number(one['rate_per_s'])}: {number(one['bound_ms'])}" for one in found["tries"]))
        for name, found in record.capacity.items()
    ]
    return Shown("Rates tried", ("endpoint", "rate, /s: upper bound of p95, ms"), rows)


def shown_pages(record: Record) -> Shown:
    """The table of both pages, which were requested in turn."""
    depth = record.pages.get("depth", 0)
    rows = [
        (title, f"{len(record.pages[which]):,}", number(median(record.pages[which])))
        for which, title in (("first", "the first"), ("deep", f"{depth:,} orders down"))
        if record.pages.get(which)
    ]
    return Shown("Pages of orders", ("page", "requests", "p50, ms"), rows)


def shown_others(record: Record) -> Shown:
    """Requests that no SLO's load covers, the slowest first; then those that were not measured, and why."""
    slowest = sorted(record.others.items(), key=lambda one: -one[1]["p95_ms"])
    rows = [
        (path, number(one["p50_ms"]), number(one["p95_ms"]), f"{one['largest_body_bytes'] / 1000:,.1f}", one["note"])
        for path, one in slowest
    ]
    rows += [(name, NONE, NONE, "", why) for name, why in record.failures.items() if name.startswith("/")]
    return Shown("What no SLO's load covers", ("request", "p50, ms", "p95, ms", "largest body, kB", "note"), rows)


def shown_overload(record: Record) -> Shown:
    """Each number of connections: throughput, what else was answered, and how long."""
    best = max((one["right_per_s"] for one in record.overload), default=0)
    rows = [
        (
            f"{one['connections']:,}",
            number(one["right_per_s"]),
            f"{one['right_per_s'] / best:.2f}" if best else NONE,
            f"{one['overloaded']:,}",
            ", ".join(f"{count:,} {kind}" for kind, count in one["wrong"].items()) or "0",
            number(one["p99_ms"]),
            number(one["health_p99_ms"]),
            f"{one['health_failures']:,}",
            number(one["recovery_s"]),
        )
        for one in record.overload
    ]
    columns = ("connections", "right answers/s", "share of best", "OVERLOADED", "other", "p99, ms")
    return Shown(
        "Each number of connections", (*columns, "p99 of /api/health, ms", "health failed", "recovery, s"), rows
    )


def overload_tables(record: Record, targets: Sequence[Judged]) -> list[Shown]:
    """The tables of the overload that have rows."""
    judged = replace(shown_targets(targets), title="Targets under overload")
    return [one for one in (judged, shown_overload(record)) if one.rows]


def comparison_tables(record: Record, targets: Sequence[Judged]) -> list[Shown]:
    """The tables of the comparison that have rows."""
    judged = replace(shown_targets(targets), title="Targets against before")
    return [one for one in (judged, shown_comparison(record)) if one.rows]


def shown_comparison(record: Record) -> Shown:
    """Each SLO endpoint before and now: medians over the rounds, and the capacity."""
    rows = [
        (
            name,
            *(number(median(found[side][figure])) for figure in ("p50_ms", "p95_ms") for side in (BEFORE, NOW)),
            *(number(found[side]["capacity"]) for side in (BEFORE, NOW)),
        )
        for name, found in record.compared.items()
    ]
    heads = [f"{figure} {side}" for figure in ("p50, ms,", "p95, ms,", "holds at, /s,") for side in (BEFORE, NOW)]
    return Shown("Before and now", ("endpoint", *heads), rows)
