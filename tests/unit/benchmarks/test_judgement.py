"""Targets follow from the record, and what is missing in it is never met."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import pytest

from benchmarks.ingestion_speed.figures import Judged, Verdict
from benchmarks.ingestion_speed.record import Record
from benchmarks.ingestion_speed.speed_judgement import judged
from tests.unit.benchmarks.records import MB, a_record, load

EXPECTED = {
    "First load, throw-away server": 0.2,
    "First load, durable server": 0.25,
    "Peak memory, all processes": 450,
    "Forced re-run, unchanged": 1.125,
    "Re-run, 0.1 % of the rows changed": 1,
    "NO-OP beyond hashing the file": 0.02,
    "Growth, log-log slope": 1,
    "Twice the rows": 2,
    "Longest read during publication": 20,
    "Reads that saw two runs mixed": 0,
}


def by_name(record: Record) -> dict[str, Judged]:
    return {one.name: one for one in judged(record)}


def test_every_target_follows_from_its_values() -> None:
    found = by_name(a_record())
    assert {name: one.found for name, one in found.items()} == pytest.approx(EXPECTED)
    assert {one.verdict for one in found.values()} == {Verdict.MET}
    assert found["First load, throw-away server"].values == (0.2, 0.2)
    assert found["Growth, log-log slope"].values == pytest.approx((1, 1))


def slower(name: str) -> Callable[[Record], None]:
    return lambda record: record.loads.update({name: [load(30), load(60)]})


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("First load, durable server", slower("first, durable")),
        ("Forced re-run, unchanged", slower("forced")),
        ("Re-run, 0.1 % of the rows changed", slower("changed")),
        ("Peak memory, all processes", lambda record: record.memory["forced"].update(peak_bytes=701 * MB)),
        ("NO-OP beyond hashing the file", lambda record: record.no_op.update(no_op_s=[0.14, 0.14])),
        ("Twice the rows", lambda record: record.growth.update({"2": [load(25, 2000), load(25, 2000)]})),
        ("Longest read during publication", lambda record: record.reader.update(longest_inside_s=0.101)),
        ("Reads that saw two runs mixed", lambda record: record.reader.update(mixed=1)),
    ],
)
def test_a_worse_value_misses_its_target_alone(name: str, spoil: Callable[[Record], None]) -> None:
    record = a_record()
    spoil(record)
    assert [one.name for one in judged(record) if one.verdict is Verdict.MISSED] == [name]


def test_growth_that_is_quadratic_is_missed() -> None:
    record = a_record()
    record.growth["1"] = [load(101, 1000), load(101, 1000)]
    assert by_name(record)["Growth, log-log slope"].found == pytest.approx(2)


def test_a_round_in_which_rows_took_no_longer_than_none_does_not_undo_the_others() -> None:
    record = a_record()
    record.growth["empty"].append(load(9, 0))
    for scale, rows in (("0.1", 100), ("1", 1000), ("2", 2000)):
        record.growth[scale].append(load(2, rows))
    found = by_name(record)["Growth, log-log slope"]
    assert found.found == pytest.approx(1)
    assert found.values == pytest.approx((1, 1))


def test_an_empty_record_meets_nothing() -> None:
    assert {one.verdict for one in judged(Record())} == {Verdict.NOT_MEASURED}


@pytest.mark.parametrize(
    ("failed", "names"),
    [
        ("openpyxl", {"First load, throw-away server", "First load, durable server"}),
        ("forced", {"Forced re-run, unchanged"}),
        ("memory", {"Peak memory, all processes"}),
        ("no-op", {"NO-OP beyond hashing the file"}),
        ("growth", {"Growth, log-log slope", "Twice the rows"}),
        ("reader", {"Longest read during publication", "Reads that saw two runs mixed"}),
    ],
)
def test_a_failure_leaves_its_targets_not_measured_and_says_why(failed: str, names: set[str]) -> None:
    record = a_record()
    with record.attempt(failed):
        raise OSError("no such luck")
    missing = {one.name: one for one in judged(record) if one.verdict is Verdict.NOT_MEASURED}
    assert set(missing) == names
    assert {one.note for one in missing.values()} == {"no such luck"}
    assert all(one.found is None and not one.values for one in missing.values())


def test_a_round_that_lacks_a_load_is_not_paired_with_another() -> None:
    record = a_record()
    record.loads["forced"].pop()
    assert by_name(record)["Forced re-run, unchanged"].verdict is Verdict.NOT_MEASURED


def test_no_read_during_the_publication_proves_nothing() -> None:
    record = a_record()
    record.reader["longest_inside_s"] = None
    assert by_name(record)["Longest read during publication"].verdict is Verdict.NOT_MEASURED


def test_a_fault_of_the_benchmark_itself_is_not_taken_for_a_figure_that_is_missing() -> None:
    record = a_record()
    with pytest.raises(KeyError), record.attempt("reader"):
        raise KeyError("planted")
    assert not record.failures
    assert len(judged(record)) == len(EXPECTED)
    assert {field.name for field in fields(record)} >= {"failures", "loads"}
