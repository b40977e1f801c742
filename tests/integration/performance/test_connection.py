"""Exchanges over real HTTP: whole answers, and every way in which none comes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.performance.load.connection import Answer, Connections, ExchangeFailed
from app.performance.load.generator import calibrate
from app.performance.load.load import offer
from app.performance.load.timetable import Arrival, Request
from tests.integration.performance.http_server import Conversation, Respond, Server, serving


@contextmanager
def connected(respond: Respond) -> Iterator[tuple[Server, Connections]]:
    with serving(respond) as server:
        connections = Connections(server.base_url)
        try:
            yield server, connections
        finally:
            connections.close()


def good(conversation: Conversation) -> None:
    conversation.answer(b'{"n": 1}')


def test_answers_share_one_kept_connection() -> None:
    with connected(good) as (server, connections):
        answers = [connections.get(f"/{number}", 10) for number in range(5)]
    assert answers == [Answer(200, "application/json", b'{"n": 1}')] * 5
    assert server.paths == ["/0", "/1", "/2", "/3", "/4"]
    assert len(server.clients) == 1


def test_any_status_is_an_answer_and_keeps_the_connection() -> None:
    with connected(lambda conversation: conversation.answer(b"no", 503, "text/plain; charset=utf-8")) as (server, get):
        assert get.get("/", 10) == Answer(503, "text/plain", b"no")
        assert get.get("/", 10).status == 503
    assert len(server.clients) == 1


def test_silence_is_a_timeout_and_its_connection_is_not_used_again() -> None:
    released = threading.Event()

    def silent_once(conversation: Conversation) -> None:
        if conversation.path == "/held":
            released.wait()
            conversation.close_connection = True
        else:
            good(conversation)

    with connected(silent_once) as (server, connections):
        try:
            with pytest.raises(ExchangeFailed) as failed:
                connections.get("/held", 0.05)
            assert failed.value.code == "TIMEOUT"
            assert connections.get("/next", 10).status == 200
        finally:
            released.set()
    assert len(server.clients) == 2


def cut_short(conversation: Conversation) -> None:
    conversation.send_response(200)
    conversation.send_header("Content-Length", "1000")
    conversation.end_headers()
    conversation.wfile.write(b"{")
    conversation.close_connection = True


def hang_up(conversation: Conversation) -> None:
    conversation.close_connection = True


def babble(conversation: Conversation) -> None:
    conversation.wfile.write(b"SMTP ready\r\n\r\n")
    conversation.close_connection = True


@pytest.mark.parametrize("respond", [cut_short, hang_up, babble])
def test_half_an_answer_is_none(respond: Respond) -> None:
    with connected(respond) as (server, connections):
        with pytest.raises(ExchangeFailed) as failed:
            connections.get("/", 10)
        assert failed.value.code == "CONNECTION"
        assert server.paths == ["/"], "a request must not be repeated"


def test_nobody_listening_is_a_failed_connection() -> None:
    with serving(good) as server:
        base_url = server.base_url
    with pytest.raises(ExchangeFailed) as failed:
        Connections(base_url).get("/", 10)
    assert failed.value.code == "CONNECTION"


@pytest.mark.parametrize("address", ["https://localhost", "localhost:80", "", "http://"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="http://"):
        Connections(address)


def test_requests_under_way_never_exceed_the_senders() -> None:
    """Four are held until four are there; a fifth would have to come before any of them is answered."""
    barrier, under_way, most = threading.Barrier(4), [0], [0]
    lock = threading.Lock()

    def count(conversation: Conversation) -> None:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        barrier.wait(30)
        with lock:
            under_way[0] -= 1
        good(conversation)

    arrivals = [Arrival(0.0, Request("slo", f"/{number}", {}), 60.0, False) for number in range(40)]
    with connected(count) as (server, connections):
        exchanges = offer(arrivals, connections.get, senders=4)
    assert most == [4]
    assert sorted(server.paths) == sorted(f"/{number}" for number in range(40))
    assert all(done.answer is not None and done.answer.status == 200 for done in exchanges)


def test_calibration_leaves_nothing_behind_and_loses_nothing() -> None:
    before = threading.active_count()
    calibration = calibrate(rate_per_s=500, requests=100)
    assert (calibration.requests, calibration.failures) == (100, 0)
    assert 0 < calibration.p50_ms <= calibration.p95_ms
    assert threading.active_count() == before
