"""Judges a record by its targets, each met, missed or not measured."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from benchmarks.ingestion_speed.figures import Figure, Judged, NotMeasured, Target, growth, median, paired_ratios
from benchmarks.ingestion_speed.record import Record

MB = 1_000_000
AIM = 0.16


def judged(record: Record) -> list[Judged]:
    """Judge each target of the ingestion's speed and memory."""
    return [target.judged(record) for target in TARGETS]


def _first(record: Record) -> Figure:
    ratios = paired_ratios(record.seconds("first"), record.reading("openpyxl"))
    reached = "reached" if median(ratios) <= AIM else "not reached"
    return median(ratios), ratios, f"the aim, {AIM:g} ×, is {reached}"


def _first_durable(record: Record) -> Figure:
    ratios = paired_ratios(record.seconds("first, durable"), record.reading("openpyxl"))
    return median(ratios), ratios, "the server that `make ingest` uses"


def _again(name: str) -> Callable[[Record], Figure]:
    def figure(record: Record) -> Figure:
        ratios = paired_ratios(record.seconds(name), record.seconds("first"))
        changed = record.loads[name][-1]["rows_changed"]
        return median(ratios), ratios, f"the difference found {changed:,} new or other rows"

    return figure


def _memory(record: Record) -> Figure:
    if "memory" in record.failures or not record.memory:
        raise NotMeasured(record.failures.get("memory", "it was not tried"))
    peaks = [one["peak_bytes"] / MB for one in record.memory.values()]
    fullest = max(record.memory.values(), key=lambda one: one["peak_bytes"])
    held = ", ".join(f"{who} {size / MB:,.0f}" for who, size in fullest["at_peak"].items())
    data = max(one["data_bytes"] for one in record.memory.values()) / MB
    kind = record.machine["servers"]["throw-away"]["file_system"]
    where = "in memory besides" if kind == "tmpfs" else f"on {kind}"
    samples = min(one["samples"] for one in record.memory.values())
    return max(peaks), peaks, f"at the peak: {held}; the server's data: {data:,.0f} MB {where}; {samples} samples"


def _no_op(record: Record) -> Figure:
    if "no-op" in record.failures or not record.no_op:
        raise NotMeasured(record.failures.get("no-op", "it was not tried"))
    hashing = median(record.no_op["hashing_s"])
    beyond = [whole - hashing for whole in record.no_op["no_op_s"]]
    return median(beyond), beyond, f"hashing alone: {hashing:.3f} s"


def _slope(record: Record) -> Figure:
    _require_growth(record)
    scales = [name for name in record.growth if name in record.plan["scales"]]
    rows = {float(name): record.growth[name][0]["rows"] for name in scales}
    taken = {float(name): _taken(record, name) for name in scales}
    empty = _taken(record, "empty")
    each = []
    for number in range(len(empty)):
        with suppress(NotMeasured):  # one disturbed round does not undo the medians of all
            each.append(growth(rows, {scale: [seconds[number]] for scale, seconds in taken.items()}, [empty[number]]))
    return growth(rows, taken, empty), each, f"scales {', '.join(scales)}; without rows: {median(empty):.2f} s"


def _twice(record: Record) -> Figure:
    _require_growth(record)
    half, whole = record.plan["twice"]
    ratios = paired_ratios(_taken(record, whole), _taken(record, half))
    rows = [record.growth[scale][0]["rows"] for scale in (half, whole)]
    return median(ratios), ratios, f"{rows[1]:,} rows against {rows[0]:,}"


def _require_growth(record: Record) -> None:
    if "growth" in record.failures or not record.growth:
        raise NotMeasured(record.failures.get("growth", "it was not tried"))


def _taken(record: Record, name: str) -> list[float]:
    return [load["seconds"] for load in record.growth[name]]


def _reader(record: Record) -> Figure:
    found = _require_reader(record)
    if found["longest_inside_s"] is None:
        raise NotMeasured("no read fell into the publication")
    outside = "none" if found["longest_outside_s"] is None else f"{found['longest_outside_s'] * 1000:.0f} ms"
    longest = found["longest_inside_s"] * 1000
    return (
        longest,
        [longest],
        f"{found['reads_inside']:,} reads from publication to the end of retention, beside {found['long']} long "
        f"transactions; the longest of {found['reads'] - found['reads_inside']:,} others during that load: {outside}",
    )


def _mixed(record: Record) -> Figure:
    found = _require_reader(record)
    return found["mixed"], [found["mixed"]], f"{found['reads']:,} reads saw {found['runs_seen']} runs"


def _require_reader(record: Record) -> dict[str, Any]:
    if "reader" in record.failures or not record.reader:
        raise NotMeasured(record.failures.get("reader", "it was not tried"))
    return record.reader


TARGETS: tuple[Target[Record], ...] = (
    Target("First load, throw-away server", 0.25, "× openpyxl", _first),
    Target("First load, durable server", 0.25, "× openpyxl", _first_durable),
    Target("Peak memory, all processes", 700, "MB", _memory),
    Target("Forced re-run, unchanged", 1.2, "× first load", _again("forced")),
    Target("Re-run, 0.1 % of the rows changed", 1.2, "× first load", _again("changed")),
    Target("NO-OP beyond hashing the file", 0.1, "s", _no_op),
    Target("Growth, log-log slope", 1.1, "", _slope),
    Target("Twice the rows", 2.2, "× the time", _twice),
    Target("Longest read during publication", 100, "ms", _reader),
    Target("Reads that saw two runs mixed", 0, "reads", _mixed),
)
