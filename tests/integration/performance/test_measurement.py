"""A whole measurement over real HTTP of a service that is good, slow, failing or lying."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from app.performance import slo_document
from app.performance.errors import PerformanceError, PreparationError
from app.performance.load.measurement import Measurement, measure_all
from app.performance.results import UNDER_WAY, measure_into
from app.performance.slo.slo_declaration import load_slos
from app.performance.slo.slo_judgement import SloStatus
from tests.integration.performance.fake_service import TRUTH, except_for, lying, truthful
from tests.integration.performance.http_server import Conversation, Respond, serving

SLOS = tuple(
    replace(slo, rate_per_s=60, measured_requests=30, warm_up_requests=3, timeout_s=30.0) for slo in load_slos()
)
DELAY_S = 0.03


def measured(respond: Respond) -> Measurement:
    with serving(respond) as server:
        return measure_all(server.base_url, SLOS, TRUTH, calibrated=None)


def errors(measurement: Measurement) -> dict[str, dict[str, int]]:
    """Errors by code of the SLOs that have some."""
    return {result.slo.name: dict(result.errors_by_code) for result in measurement.results if result.errors_by_code}


def test_a_good_service_answers_everything_correctly() -> None:
    measurement = measured(truthful)
    assert errors(measurement) == {}
    assert [len(result.latencies_ms) for result in measurement.results] == [30] * 6
    # Thirty requests prove nothing, however quick they were.
    assert {result.judgement.status for result in measurement.results} == {SloStatus.NOT_MEASURED}


def test_a_slow_endpoint_is_slow_in_its_own_slo() -> None:
    never = threading.Event()

    def slowly(conversation: Conversation) -> None:
        never.wait(DELAY_S)
        truthful(conversation)

    measurement = measured(except_for("/api/kpis/overview", slowly))
    assert errors(measurement) == {}
    assert min(measurement.of("kpis-overview").latencies_ms) >= DELAY_S * 1000


@pytest.mark.parametrize(
    ("respond", "code"),
    [
        (lambda conversation: conversation.answer(b'{"code": "INTERNAL"}', 500), "HTTP_500"),
        (lambda conversation: conversation.answer(b"{}", 302), "HTTP_302"),
        (lambda conversation: conversation.answer(b"<html>", media_type="text/html"), "WRONG_BODY"),
        (lambda conversation: conversation.answer(b"[]"), "WRONG_BODY"),
        (lambda conversation: setattr(conversation, "close_connection", True), "CONNECTION"),
        (lying(run_id="4"), "WRONG_BODY"),
        (lying(run_id=5), "WRONG_BODY"),
        (lying(orders=29), "WRONG_BODY"),
    ],
    ids=["500", "redirect", "html", "list", "hang up", "wrong type", "other run", "wrong figure"],
)
def test_wrong_answers_are_errors_however_quick(respond: Respond, code: str) -> None:
    measurement = measured(except_for("/api/kpis/overview", respond))
    assert errors(measurement) == {"kpis-overview": {code: 33}}
    result = measurement.of("kpis-overview")
    assert result.judgement.status is SloStatus.ERRORS
    assert result.latencies_ms == ()


def test_one_order_for_all_is_found() -> None:
    measurement = measured(except_for("/api/prodplan/orders/", lying(work_order_id=100, phases=[])))
    assert set(errors(measurement)) == {"order-detail"}
    assert measurement.of("order-detail").judgement.samples <= 1


def test_results_are_written_as_not_measured_first(tmp_path: Path) -> None:
    file = tmp_path / "SLO_RESULTS.json"
    reasons = []

    def looking(conversation: Conversation) -> None:
        reasons.append(slo_document.read(file)["reason"])
        truthful(conversation)

    with serving(looking) as server:
        measure_into(file, server.base_url, SLOS, TRUTH, calibrated=None)
    assert set(reasons) == {UNDER_WAY}
    written = slo_document.read(file, SLOS)
    assert (written["measured"], written["run_id"], written["excel_sha256"]) == (True, 4, TRUTH.excel_sha256)


@pytest.mark.parametrize(
    ("path", "respond"),
    [
        ("/api/openapi.json", lambda conversation: conversation.answer(b"{}")),
        ("/api/openapi.json", lambda conversation: conversation.answer(b"{}", 404)),
        ("/api/openapi.json", lambda conversation: conversation.answer(b"nothing")),
        ("/api/prodplan/orders", lambda conversation: conversation.answer(b'{"next_cursor": "again"}')),
    ],
    ids=["undescribed", "absent", "no JSON", "endless list"],
)
def test_a_service_that_cannot_be_measured_is_written_down_as_such(tmp_path: Path, path: str, respond: Respond) -> None:
    file = tmp_path / "SLO_RESULTS.json"
    with serving(except_for(path, respond)) as server, pytest.raises(PreparationError) as refused:
        measure_into(file, server.base_url, SLOS, TRUTH, calibrated=None)
    written = slo_document.read(file)
    assert (written["measured"], written["reason"]) == (False, str(refused.value))
    assert {entry["status"] for entry in written["slos"]} == {"NOT_MEASURED"}


def test_without_a_live_run_nothing_is_measured(tmp_path: Path) -> None:
    file = tmp_path / "SLO_RESULTS.json"
    with pytest.raises(PerformanceError, match="No run is live"):
        measure_into(file, "http://127.0.0.1:9", SLOS, None)
    assert slo_document.read(file)["run_id"] is None
