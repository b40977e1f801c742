"""The record as tables of texts: the same for the terminal and for the document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.ingestion_speed.figures import Judged, NotMeasured, median, paired_ratios
from benchmarks.ingestion_speed.record import Record

NONE = "not measured"
ALL_STEPS, CLOCK, UNTIL_READ = "all phases together", "by the clock", "by the clock, until the last row was read"
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
    """The targets, the figures found, and every value behind them."""
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
    """Seconds by the clock and of processors, and multiples of openpyxl's, for what was timed in every round."""
    rows = [_time_row(record, f"{reader} alone", times) for reader, times in record.floors.items()]
    rows += [_time_row(record, f"{name} load", loads) for name, loads in record.loads.items()]
    columns = ("what", "s", "× openpyxl", "CPU s, client", "CPU s, server", "CPU × openpyxl", "all values, s")
    return Shown("Times", columns, rows)


def _time_row(record: Record, name: str, times: list[dict[str, Any]]) -> tuple[str, ...]:
    seconds = [one["seconds"] for one in times]
    server = [one["server_cpu_s"] for one in times if one.get("server_cpu_s") is not None]
    is_load = "server_cpu_s" in times[0]
    return (
        name,
        number(median(seconds)),
        _multiple(seconds, _of_openpyxl(record, "seconds")),
        number(median([one["cpu_s"] for one in times])),
        number(median(server) if server else None) if is_load else "",
        _multiple(_processor_time(times), _of_openpyxl(record, "cpu_s")),
        " ".join(map(number, seconds)),
    )


def _processor_time(times: Sequence[dict[str, Any]]) -> list[float]:
    """Processor seconds of client and server together; none where the server's are not known."""
    known = [one for one in times if one.get("server_cpu_s", 0.0) is not None]
    return [one["cpu_s"] + one.get("server_cpu_s", 0.0) for one in known]


def _of_openpyxl(record: Record, figure: str) -> list[float]:
    return [one[figure] for one in record.floors.get("openpyxl", ())]


def _multiple(parts: Sequence[float], wholes: Sequence[float]) -> str:
    """The median ratio within a round."""
    try:
        return number(median(paired_ratios(parts, wholes)))
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
        read = [median([load["until_read_s"] for load in record.loads[name]]) for name in names]
        rows.append((ALL_STEPS, *map(number, together), _share(record, together)))
        rows.append((UNTIL_READ, *map(number, read), _share(record, read)))
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
        seconds = [one["seconds"] for one in record.floors.get(reader, ())]
        rows.append((f"{reader}, measured in this run", _multiple(seconds, _of_openpyxl(record, "seconds"))))
    spread = [spent / record.machine["cores"] for spent in _processor_time(record.loads.get("first", ()))]
    rows.append(("this run's first load, if no core ever waited", _multiple(spread, _of_openpyxl(record, "cpu_s"))))
    return Shown("Floors", ("part of the work, alone", "× openpyxl"), rows)


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
