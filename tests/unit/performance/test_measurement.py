"""Results from exchanges: an answer that is not correct is an error, and never a latency."""

from __future__ import annotations

from typing import Any

import pytest

from app.performance.load.generator import Calibration
from app.performance.load.load import Exchange
from app.performance.load.measurement import result_of
from app.performance.load.timetable import Request
from app.performance.slo.slo_declaration import load_slos
from app.performance.slo.slo_judgement import SloStatus
from tests.unit.performance.exchanges import answered, unanswered

SLO = load_slos()[0]
GOOD = {"whole": True}


def whole(request: Request, body: Any) -> str | None:
    return None if body == GOOD else "not whole"


def good(count: int = 420, **facts: Any) -> list[Exchange]:
    return [answered(GOOD, at_s=number / 20, **facts) for number in range(count)]


def status_of(exchanges: list[Exchange], calibration: Calibration | None = None) -> SloStatus:
    return result_of(SLO, exchanges, (whole,), calibration).judgement.status


def test_quick_correct_answers_meet_the_slo() -> None:
    result = result_of(SLO, good(), (whole,), None)
    assert result.judgement.status is SloStatus.MET
    assert result.latencies_ms == (10.0,) * 420
    assert result.achieved_rate_per_s == pytest.approx(20)
    assert result.late_p95_ms == 0.0


def test_slow_correct_answers_violate_it() -> None:
    assert status_of(good(latency_ms=401)) is SloStatus.VIOLATED


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (answered({"code": "INTERNAL"}, status=500, latency_ms=0.1), "HTTP_500"),
        (answered(GOOD, status=302), "HTTP_302"),
        (answered(GOOD, status=204), "HTTP_204"),
        (answered({"whole": False}, latency_ms=0.1), "WRONG_BODY"),
        (answered(GOOD, media_type="text/html"), "WRONG_BODY"),
        (answered(None), "WRONG_BODY"),
        (unanswered("TIMEOUT"), "TIMEOUT"),
        (unanswered("CONNECTION"), "CONNECTION"),
        (answered(GOOD, status=500, warm_up=True), "HTTP_500"),
        (unanswered("TIMEOUT", warm_up=True), "TIMEOUT"),
    ],
)
def test_one_wrong_answer_is_an_error_and_no_latency(bad: Exchange, code: str) -> None:
    result = result_of(SLO, [*good(), bad], (whole,), None)
    assert result.judgement.status is SloStatus.ERRORS
    assert result.errors_by_code == {code: 1}
    assert [fault.code for fault in result.faults] == [code]
    assert len(result.latencies_ms) == 420


def test_warm_up_is_not_timed() -> None:
    warm_up = [answered(GOOD, latency_ms=9_000, warm_up=True) for _ in range(20)]
    result = result_of(SLO, [*warm_up, *good()], (whole,), None)
    assert result.judgement.status is SloStatus.MET
    assert result.judgement.max_ms == 10.0


def test_a_late_generator_measured_nothing() -> None:
    """Ten per cent of the target are tolerated, at the p95 of the lateness."""
    assert status_of(good(late_ms=40)) is SloStatus.MET
    assert status_of(good(late_ms=41)) is SloStatus.NOT_MEASURED
    few = [answered(GOOD, at_s=number, late_ms=300 if number < 15 else 0) for number in range(420)]
    assert status_of(few) is SloStatus.MET


@pytest.mark.parametrize(
    "calibration", [Calibration(120.0, 150, 0, 20.0, 40.1), Calibration(120.0, 150, 1, 0.5, 0.9)], ids=["slow", "lossy"]
)
def test_an_unfit_generator_measured_nothing(calibration: Calibration) -> None:
    assert status_of(good(), Calibration(120.0, 150, 0, 0.5, 0.9)) is SloStatus.MET
    assert status_of(good(), calibration) is SloStatus.NOT_MEASURED


def test_nothing_asked_is_not_measured() -> None:
    assert status_of([]) is SloStatus.NOT_MEASURED
    assert status_of([answered(GOOD, warm_up=True)]) is SloStatus.NOT_MEASURED


def test_an_error_in_warm_up_counts_even_if_nothing_was_measured() -> None:
    assert status_of([unanswered(warm_up=True)]) is SloStatus.ERRORS


def test_equal_bodies_of_different_requests_are_checked_apart() -> None:
    """An answer that is right for one question is not right for another."""

    def of_its_own(request: Request, body: Any) -> str | None:
        return None if request.path == f"/orders/{body}" else "another order"

    exchanges = [answered(1, request=Request("order-detail", f"/orders/{number}", {})) for number in (1, 1, 2)]
    assert result_of(SLO, exchanges, (of_its_own,), None).errors_by_code == {"WRONG_BODY": 1}
