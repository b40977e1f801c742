"""Growth is judged by slopes of medians; a figure that was not measured is never met."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.growth.command import options_of
from benchmarks.growth.growth_judgement import judged, p95
from benchmarks.growth.growth_tables import tables_of
from benchmarks.growth.record import Record
from benchmarks.ingestion_speed.figures import NotMeasured, Verdict


def loaded(rows: int, seconds: float) -> list[dict[str, Any]]:
    return [{"rows": rows, "seconds": one, "cpu_s": one} for one in (seconds, seconds * 3, seconds * 0.9)]


def grown(exponent: float) -> Record:
    """A record in which everything grows by this exponent, and the fixed part is 1 s."""
    snapshots = {
        number: {
            "planning_ms": {"first": 1.0, "later": number**exponent},
            "planning_of_no_run_ms": {"first": 1.0, "later": 1.0 * number},
            "locks": 19,
            "locks_of_no_run": 19 * number,
            "catalogue_mb": 8.0 + number,
            "ingestion_s": [0.5],
            "retention_s": [0.1],
        }
        for number in (1, 100)
    }
    plants = {n: {"ingestion_s": [n**exponent], "latency_ms": [10 * n**exponent]} for n in (1, 20)}
    rows = {f"{rows / 1e6:g}": loaded(rows, 1.0 + (rows / 1e5) ** exponent) for rows in (10_000, 100_000)}
    return Record(snapshots=snapshots, plants=plants, rows={"empty": loaded(0, 1.0), **rows})


def test_slopes_are_those_of_the_medians_without_the_fixed_part() -> None:
    found = {one.name: one.found for one in judged(grown(0.1))}
    assert found.pop("Ingestion, fixed part") == pytest.approx(1.0)
    assert found == dict.fromkeys(found, pytest.approx(0.1, abs=1e-6))
    assert {one.verdict for one in judged(grown(0.1))} == {Verdict.MET}


def test_growth_beyond_the_limits_is_missed() -> None:
    missed = {one.name for one in judged(grown(1.2)) if one.verdict is Verdict.MISSED}
    assert missed == {one.name for one in judged(grown(1.2))} - {"Ingestion, fixed part"}


def test_nothing_measured_is_said_and_has_no_table_but_that_of_the_targets() -> None:
    record = Record()
    assert {one.verdict for one in judged(record)} == {Verdict.NOT_MEASURED}
    assert [one.title for one in tables_of(record, judged(record))] == ["Targets"]
    assert len(tables_of(grown(0.1), judged(grown(0.1)))) == 4


@pytest.mark.parametrize(("values", "found"), [([1.0], 1.0), ([float(n) for n in range(1, 101)], 95.0)])
def test_percentile_is_a_value_that_was_measured(values: list[float], found: float) -> None:
    assert p95(values) == found


def test_percentile_of_nothing_is_not_measured() -> None:
    with pytest.raises(NotMeasured):
        p95([])


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("--snapshots=1,x", "lists of numbers"),
        ("--plants=20,1", "rise"),
        ("--scales=0,1", "over 0"),
        ("--scales=0.1,5", "at most"),
    ],
)
def test_numbers_that_cannot_be_measured_are_refused(
    option: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        options_of([option], "Growth.")
    assert ended.value.code == 2
    assert said in capsys.readouterr().err
