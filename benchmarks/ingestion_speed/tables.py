"""The record as tables of texts: the same for the terminal and for the document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.ingestion_speed.figures import Judged, NotMeasured, median, paired_ratios
from benchmarks.ingestion_speed.record import Record

NONE = "not measured"
ALL_PHASES, CLOCK = "all phases together", "by the clock"
PROTOTYPED = (
    ("inflate only", 0.42),
    ("fastest reader that changes no value (openrsxl)", 2.9),
    ("python-calamine, rows", 4.8),
    ("COPY into UNLOGGED staging, binary", 0.54),
    ("COPY into UNLOGGED staging, text", 1.1),
    ("keys of all tables, one connection", 3.6),
    ("twelve exact match rates", 1.9),
    ("difference with an unchanged snapshot", 1.0),
)
"""Seconds of each part of the work, tried alone on one machine before the ingestion was built; only ratios hold."""
PROTOTYPED_OPENPYXL = 37.0


@dataclass(frozen=True, slots=True)
class Shown:
    """One table: its title, the names of its columns, and its rows."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def number(value: float | None) -> str:
    """Three significant digits; whole from a hundred on."""
    if value is None:
        return NONE
    return f"{value:,.0f}" if abs(value) >= 100 or value == 0 else f"{value:.3g}"


def shown_targets(targets: Sequence[Judged]) -> Shown:
    """What must hold, what was found, and every value behind it."""
    rows = [
        (
            one.name,
            f"≤ {one.limit:g} {one.unit}".strip(),
            number(one.found),
            one.verdict.value,
            " ".join(map(number, one.values)),
            one.note,
        )
        for one in targets
    ]
    return Shown("Targets", ("measure", "target", "found", "verdict", "all values", "note"), rows)


def shown_times(record: Record) -> Shown:
    """Seconds, processor seconds and multiples of openpyxl, for what was timed in every round."""
    rows = [_time_row(record, f"{reader} alone", seconds, None) for reader, seconds in record.floors.items()]
    rows += [
        _time_row(record, f"{name} load", [one["seconds"] for one in loads], loads)
        for name, loads in record.loads.items()
    ]
    return Shown("Times", ("what", "s", "× openpyxl", "client CPU s", "server CPU s", "all values, s"), rows)


def _time_row(record: Record, name: str, seconds: list[float], loads: list[dict[str, Any]] | None) -> tuple[str, ...]:
    cpu = ("", "")
    if loads:
        server = [one["server_cpu_s"] for one in loads if one["server_cpu_s"] is not None]
        cpu = (number(median([one["cpu_s"] for one in loads])), number(median(server) if server else None))
    return (name, number(median(seconds)), _multiple(record, seconds), *cpu, " ".join(map(number, seconds)))


def _multiple(record: Record, seconds: Sequence[float]) -> str:
    """The median ratio to openpyxl's reading of the same round."""
    try:
        return number(median(paired_ratios(seconds, record.reading("openpyxl"))))
    except NotMeasured:
        return NONE


def shown_phases(record: Record) -> Shown:
    """Median seconds of each phase, by load, and its share of the first load.

    Phases that go on at the same time add up to more than the clock says; what is in none of them, to less.
    """
    names = [name for name in ("first", "first, durable", "forced", "changed") if record.loads.get(name)]
    phases = dict.fromkeys(phase for name in names for load in record.loads[name] for phase in load["phases_s"])
    rows = []
    for phase in phases:
        each = [median([load["phases_s"].get(phase, 0.0) for load in record.loads[name]]) for name in names]
        rows.append((phase, *map(number, each), _share(record, each)))
    if names:
        together = [median([sum(load["phases_s"].values()) for load in record.loads[name]]) for name in names]
        clock = [median([load["seconds"] for load in record.loads[name]]) for name in names]
        rows.append((ALL_PHASES, *map(number, together), _share(record, together)))
        rows.append((CLOCK, *map(number, clock), _share(record, clock)))
    return Shown("Phases, s", ("phase", *names, "share of the first load"), rows)


def _share(record: Record, each: Sequence[float]) -> str:
    if not record.loads.get("first"):
        return NONE
    return f"{each[0] / median([load['seconds'] for load in record.loads['first']]):.0%}"


def shown_prototypes(record: Record) -> Shown:
    """Parts of the work tried alone, there; readers alone and what perfect sharing of the cores would give, here."""
    rows = [(name, number(seconds / PROTOTYPED_OPENPYXL)) for name, seconds in PROTOTYPED]
    for reader in ("inflate", "calamine"):
        rows.append((f"{reader}, measured in this run", _multiple(record, record.floors.get(reader, ()))))
    rows.append(("a first load's processor time, if no core ever waited", _multiple(record, _spread_evenly(record))))
    return Shown("Floors", ("part of the work, alone", "× openpyxl"), rows)


def _spread_evenly(record: Record) -> list[float]:
    """Seconds that each first load would take if all cores shared its processor time; none where it is not known."""
    loads = [load for load in record.loads.get("first", []) if load["server_cpu_s"] is not None]
    return [(load["cpu_s"] + load["server_cpu_s"]) / record.machine["cores"] for load in loads]


def shown_growth(record: Record) -> Shown:
    """First loads of samples, by size."""
    rows = []
    for name, loads in record.growth.items():
        seconds = [load["seconds"] for load in loads]
        rows.append((name, f"{loads[0]['rows']:,}", number(median(seconds)), " ".join(map(number, seconds))))
    return Shown("Growth", ("scale", "rows", "first load, s", "all values, s"), rows)


def shown_statements(record: Record) -> Shown:
    """The server's costliest statements in one first load."""
    rows = [(one["statement"], str(one["calls"]), number(one["seconds"])) for one in record.statements]
    return Shown("Statements of one first load, durable server", ("statement", "calls", "s"), rows)
