"""Judges a record of growth by its targets, each met, missed or not measured."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.growth.record import Record
from benchmarks.ingestion_speed.figures import Figure, Judged, NotMeasured, Target, growth, median, slope

FIXED_S, ROWS_SLOPE, LATENCY_SLOPE = 1.2, 1.1, 0.2
EMPTY = "empty"


def judged(record: Record) -> list[Judged]:
    """The targets of growth."""
    return [target.judged(record) for target in TARGETS]


def rows_growth(record: Record) -> Figure:
    """The slope of an ingestion's seconds, without the fixed part, over the rows."""
    sizes = sizes_of(record)
    seconds = {float(scale): [one["seconds"] for one in record.rows[scale]] for scale in sizes}
    rows = {float(scale): record.rows[scale][0]["rows"] for scale in sizes}
    found = growth(rows, seconds, [one["seconds"] for one in record.rows.get(EMPTY, ())])
    return (
        found,
        [median(taken) for taken in seconds.values()],
        f"{min(rows.values()):,} to {max(rows.values()):,} rows",
    )


def fixed_part(record: Record) -> Figure:
    """Seconds of an ingestion without rows."""
    taken = [one["seconds"] for one in record.rows.get(EMPTY, ())]
    return median(taken), taken, "a workbook of headers alone"


def latency_of_plants(record: Record) -> Figure:
    """The slope of the 95th percentile over the plants."""
    points = [(number, p95(found["latency_ms"])) for number, found in record.plants.items()]
    return slope(points), [y for _, y in points], "one process, asked for each plant in random order"


def ingestion_of_plants(record: Record) -> Figure:
    """The slope of an ingestion's seconds over the plants that the server has already."""
    points = [(number, median(found["ingestion_s"])) for number, found in record.plants.items()]
    return slope(points), [y for _, y in points], "a database for each plant"


def planning_of_snapshots(record: Record) -> Figure:
    """The slope of the planning of a statement about one run over the kept snapshots."""
    points = [(number, found["planning_ms"]["later"]) for number, found in record.snapshots.items()]
    return slope(points), [y for _, y in points], "a statement that names its run, as each of the API's does"


TARGETS: tuple[Target[Record], ...] = (
    Target("Ingestion over rows, log-log slope", ROWS_SLOPE, "", rows_growth),
    Target("Ingestion, fixed part", FIXED_S, "s", fixed_part),
    Target("p95 over plants, log-log slope", LATENCY_SLOPE, "", latency_of_plants),
    Target("Ingestion over plants, log-log slope", LATENCY_SLOPE, "", ingestion_of_plants),
    Target("Planning over snapshots, log-log slope", LATENCY_SLOPE, "", planning_of_snapshots),
)


def sizes_of(record: Record) -> list[str]:
    """The scales of the samples that were measured."""
    return [name for name in record.rows if name != EMPTY]


def p95(values: Sequence[float]) -> float:
    """The 95th percentile: the smallest value that no more than a twentieth exceeds. Raises NotMeasured."""
    if not values:
        raise NotMeasured("nothing was asked")
    return sorted(values)[-(-len(values) * 95 // 100) - 1]
