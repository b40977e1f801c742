"""Each target: met, missed or not measured, and never met by what was not measured."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.api_load.load_judgement import judged, judged_comparison, judged_overload
from benchmarks.api_load.plan import FULL
from benchmarks.api_load.record import BEFORE, NOW
from benchmarks.ingestion_speed.figures import Judged, Verdict
from tests.unit.benchmarks.api_load.loaded import a_record, level_of, of_slo

MIX, PAGES = "Errors in the mix of all SLO endpoints", "A deep page of orders against the first"
STEADY = "orders-list: p95 at 50/s, upper bound"


def named(name: str, **more: Any) -> Judged:
    return {one.name: one for one in judged(a_record(**more))}[name]


def test_every_target_of_a_good_record_is_met() -> None:
    targets = judged(a_record())
    assert [one.verdict for one in targets] == [Verdict.MET] * 4
    assert [one.limit for one in targets] == [100, 62.5, 0, 1.3]


def test_the_bound_is_judged_and_not_p95() -> None:
    assert named(STEADY, steady={"orders-list": of_slo(status="VIOLATED", upper_bound_ms=101.0)}).found == 101.0
    slow = named(STEADY, steady={"orders-list": of_slo(status="VIOLATED", upper_bound_ms=101.0)})
    assert slow.verdict is Verdict.MISSED


@pytest.mark.parametrize("status", ["ERRORS", "NOT_MEASURED"])
def test_what_erred_or_was_not_measured_is_never_met(status: str) -> None:
    assert named(STEADY, steady={"orders-list": of_slo(status=status)}).verdict is Verdict.NOT_MEASURED


def test_one_error_in_the_mix_misses() -> None:
    mix = {"orders-list": of_slo(10_000), "order-detail": of_slo(10_000, errors=1)}
    assert (named(MIX, mix=mix).found, named(MIX, mix=mix).verdict) == (1, Verdict.MISSED)


def test_a_mix_of_too_few_requests_is_none() -> None:
    assert named(MIX, mix={"orders-list": of_slo(19_999)}).verdict is Verdict.NOT_MEASURED


@pytest.mark.parametrize(
    ("pages", "verdict"),
    [
        ({"depth": 25_000, "errors": 0, "first": [10.0], "deep": [13.0]}, Verdict.MET),
        ({"depth": 25_000, "errors": 0, "first": [10.0], "deep": [13.1]}, Verdict.MISSED),
        ({"depth": 25_000, "errors": 0, "first": [13.1], "deep": [10.0]}, Verdict.MISSED),
        ({"depth": 24_500, "errors": 0, "first": [10.0], "deep": [10.0]}, Verdict.NOT_MEASURED),
        ({"depth": 25_000, "errors": 1, "first": [10.0], "deep": [10.0]}, Verdict.NOT_MEASURED),
        ({"depth": 25_000, "errors": 0, "first": [], "deep": [10.0]}, Verdict.NOT_MEASURED),
        ({}, Verdict.NOT_MEASURED),
    ],
)
def test_pages_cost_the_same_or_do_not(pages: dict[str, Any], verdict: Verdict) -> None:
    assert named(PAGES, pages=pages).verdict is verdict


@pytest.mark.parametrize("part", [{"steady": {}}, {"mix": {}}, {"pages": {}}])
def test_what_failed_says_why(part: dict[str, Any]) -> None:
    failures = {"steady orders-list": "the reason", "mix": "the reason", "pages": "the reason"}
    notes = {one.note for one in judged(a_record(failures=failures, **part)) if one.verdict is Verdict.NOT_MEASURED}
    assert "the reason" in notes


def overload(*levels: dict[str, Any], **more: Any) -> dict[str, tuple[float | None, Verdict]]:
    """Figure and verdict of each target under overload, by the last words of its name."""
    given = [level_of(crowd, **one) for crowd, one in zip(FULL.crowds, levels, strict=False)]
    found = judged_overload(a_record(overload=given, **more))
    return {one.name.removeprefix("Overload: "): (one.found, one.verdict) for one in found}


THROUGHPUT, WRONG = "best throughput over the least", "answers other than right ones and OVERLOADED"
HEALTH, RECOVERY = "p99 of /api/health", "four requests one by one right after"
RIGHT: dict[str, Any] = {}


@pytest.mark.parametrize(
    ("changed", "name", "verdict"),
    [
        (RIGHT, THROUGHPUT, Verdict.MET),
        ({"right_per_s": 320.0}, THROUGHPUT, Verdict.MET),
        ({"right_per_s": 319.0}, THROUGHPUT, Verdict.MISSED),
        ({"right_per_s": 501.0}, THROUGHPUT, Verdict.MISSED),
        ({"right_per_s": 0.0}, THROUGHPUT, Verdict.NOT_MEASURED),
        ({"overloaded": 900}, WRONG, Verdict.MET),
        ({"wrong": {"503 DATABASE_UNAVAILABLE": 1}}, WRONG, Verdict.MISSED),
        ({"health_failures": 1}, WRONG, Verdict.MISSED),
        ({"health_p99_ms": 51.0}, HEALTH, Verdict.MISSED),
        ({"recovery_s": 1.1}, RECOVERY, Verdict.MISSED),
    ],
)
def test_one_bad_level_misses_its_own_target_alone(changed: dict[str, Any], name: str, verdict: Verdict) -> None:
    found = overload(RIGHT, RIGHT, changed, RIGHT)
    assert found[name][1] is verdict
    assert {other[1] for one, other in found.items() if one != name} == {Verdict.MET}


def test_overload_of_fewer_connections_is_not_measured() -> None:
    for found in (overload(RIGHT, RIGHT, RIGHT), overload(failures={"overload": "no answer"})):
        assert {verdict for _, verdict in found.values()} == {Verdict.NOT_MEASURED}


def both(
    p95_before: list[float], p95_now: list[float], capacities: tuple[Any, Any] = (500, 490), status: str = "MET"
) -> dict[str, Any]:
    """A comparison of one endpoint."""
    sides = zip((BEFORE, NOW), (p95_before, p95_now), capacities, strict=True)
    return {
        side: {"p50_ms": p95, "p95_ms": p95, "statuses": [status] * len(p95), "capacity": most}
        for side, p95, most in sides
    }


@pytest.mark.parametrize(
    ("found", "latency", "capacity"),
    [
        (both([10, 10, 30], [11, 10, 60]), Verdict.MET, Verdict.MET),
        (both([10, 10, 30], [11.2, 12, 30]), Verdict.MISSED, Verdict.MET),
        (both([10], [10], (500, 450)), Verdict.MET, Verdict.MISSED),
        (both([10], [10], (500, None)), Verdict.MET, Verdict.NOT_MEASURED),
        (both([10], [10, 11]), Verdict.NOT_MEASURED, Verdict.MET),
        (both([], []), Verdict.NOT_MEASURED, Verdict.NOT_MEASURED),
        (both([10], [10], status="VIOLATED"), Verdict.MET, Verdict.MET),
        (both([10], [10], status="ERRORS"), Verdict.NOT_MEASURED, Verdict.NOT_MEASURED),
        (both([10], [10], status="NOT_MEASURED"), Verdict.NOT_MEASURED, Verdict.NOT_MEASURED),
    ],
)
def test_now_is_held_against_before(found: dict[str, Any], latency: Verdict, capacity: Verdict) -> None:
    compared = {"orders-list": found}
    verdicts = {one.name: one.verdict for one in judged_comparison(a_record(compared=compared))}
    assert verdicts["orders-list: p95 against before"] is latency
    assert verdicts["orders-list: capacity before against now"] is capacity


def test_comparison_that_could_not_be_made_says_why() -> None:
    failed = judged_comparison(a_record(failures={"before": "no server"}))
    assert len(failed) == 4
    assert {(one.verdict, one.note) for one in failed} == {(Verdict.NOT_MEASURED, "no server")}
