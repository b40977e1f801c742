"""More requests at once than there are connections and threads: each is answered, and the service goes on."""

from __future__ import annotations

import socket
import threading
from typing import Any

import httpx
import pytest

from app.api.snapshot_reading import POOL_SIZE
from app.planning.indicators import kpis
from tests.acceptance.support.watching.overload import offer
from tests.integration.api.conftest import Factory
from tests.integration.waiting import WITHIN_S, until

CONNECTIONS = 120
"""Today's limits are 8 connections and 40 threads."""
ORDERS = "/api/prodplan/orders?limit=5"
IN_FLIGHT = "prodplan_http_requests_in_flight"


@pytest.mark.parametrize("path", [ORDERS, "/api/ready"])
def test_requests_beyond_every_limit_are_answered_and_none_is_left_behind(busy: Factory, path: str) -> None:
    with busy.api() as client:
        expected = client.get(path).json()
        key = client.headers.get("Authorization", "").removeprefix("Bearer ") or None
        base_url = str(client.base_url).rstrip("/")

        def is_right(_: str, document: Any) -> bool:
            return bool(document == expected)

        level = offer(base_url, [path], is_right, key=key, connections=CONNECTIONS, seconds=0.3)
        assert level.wrong == {}
        assert len(level.latencies_ms) + level.overloaded >= CONNECTIONS
        assert len(level.latencies_ms) >= CONNECTIONS / 4
        assert client.get(path).json() == expected
        in_use = [line for line in client.get("/metrics").text.splitlines() if "connections_in_use" in line][-1]
    assert float(in_use.rpartition(" ")[2]) == 0


def test_nothing_is_computed_for_clients_that_left_while_they_waited(
    busy: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, ended = kpis.overview, threading.Event()
    began: list[object] = []

    def held(*asked: Any) -> Any:
        began.append(asked)
        ended.wait(2 * WITHIN_S)
        return answer(*asked)

    monkeypatch.setattr(kpis, "overview", held)
    with busy.api() as client:
        url = client.base_url
        request = f"GET /api/kpis/overview HTTP/1.1\r\nHost: {url.host}\r\n"
        request += f"Authorization: {client.headers['Authorization']}\r\n\r\n"
        senders = [socket.create_connection((url.host, url.port or 80)) for _ in range(POOL_SIZE + 12)]
        try:
            for sender in senders:
                sender.sendall(request.encode())
            # The request for the metrics is in flight, too.
            until(lambda: in_flight(client) == len(senders) + 1 and len(began) == POOL_SIZE)
        finally:
            for sender in senders:
                sender.close()
        # The service sees what has come on any connection in the order of its coming: that they left before these two.
        in_flight(client)
        in_flight(client)
        ended.set()
        until(lambda: in_flight(client) == 1)
    assert len(began) == POOL_SIZE


def in_flight(client: httpx.Client) -> float:
    lines = client.get("/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(IN_FLIGHT))


def test_slow_sender_of_a_body_holds_no_place(busy: Factory) -> None:
    """A reader is answered at once while there are at least as many unfinished bodies as places."""
    with busy.api() as client:
        url = client.base_url
        head = f"POST /api/whatif/simulate HTTP/1.1\r\nHost: {url.host}\r\nContent-Type: application/json\r\n"
        head += f"Authorization: {client.headers['Authorization']}\r\nContent-Length: 500\r\n\r\n{{"
        senders = [socket.create_connection((url.host, url.port or 80)) for _ in range(12)]
        try:
            for sender in senders:
                sender.sendall(head.encode())
            assert client.get(ORDERS).status_code == httpx.codes.OK
        finally:
            for sender in senders:
                sender.close()
