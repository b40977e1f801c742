"""Each target: met, missed or not measured, and never met by what was not measured."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.api_load.load_judgement import judged
from benchmarks.ingestion_speed.figures import Judged, Verdict
from tests.unit.benchmarks.api_load.loaded import a_record, of_slo

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
