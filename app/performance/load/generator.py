"""Checks that the load generator was punctual: a late one did not offer the stated rate, so it measured nothing.

Two figures: its lateness while measuring, and, before the load, the latency of a server that does nothing. Both ends of
that connection share this process, so the second one overestimates the generator's share.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from math import inf

from app.performance.load.connection import Connections
from app.performance.load.load import Ask, Exchange, offer
from app.performance.load.processor_split import MachineLoad
from app.performance.load.timetable import Arrival, Request
from app.performance.slo.slo_judgement import DECIMALS, Doubt, nearest_rank

TOLERATED_SHARE = 0.1
"""Share of the SLO's target that the generator may be late, or may add, at its own p95."""
CALIBRATION_REQUESTS = 150
TRIVIAL_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


@dataclass(frozen=True, slots=True)
class Calibration:
    """Latencies of a server that does nothing, at this rate, as the generator measures them in ms."""

    rate_per_s: float
    requests: int
    failures: int
    p50_ms: float
    p95_ms: float


@contextmanager
def trivial_server() -> Iterator[str]:
    """A server that answers every request with the same two bytes: yields its base URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        conversations: list[socket.socket] = []
        threads: list[threading.Thread] = []

        def converse(conversation: socket.socket) -> None:
            with conversation, conversation.makefile("rb") as lines:
                for line in lines:
                    if line == b"\r\n":
                        conversation.sendall(TRIVIAL_ANSWER)

        def accept() -> None:
            while True:
                try:
                    conversation, _ = listener.accept()
                except OSError:  # the listener was shut down: the block is over
                    return
                conversation.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                conversations.append(conversation)
                threads.append(threading.Thread(target=converse, args=(conversation,), daemon=True))
                threads[-1].start()

        acceptor = threading.Thread(target=accept, daemon=True)
        acceptor.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            acceptor.join()
            for conversation in conversations:
                with suppress(OSError):  # ended already by its client
                    conversation.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()


def calibrate(rate_per_s: float, requests: int = CALIBRATION_REQUESTS) -> Calibration:
    """Offer the rate to a server that does nothing."""
    with trivial_server() as base_url:
        connections = Connections(base_url)
        try:
            return calibration(connections.get, rate_per_s, requests)
        finally:
            connections.close()


def calibration(ask: Ask, rate_per_s: float, requests: int) -> Calibration:
    """Measure this server as the generator sees it, after a twentieth as many requests that warm up."""
    warm_up = requests // 20
    arrivals = [
        Arrival(count / rate_per_s, Request("calibration", "/", {}), 5.0, count < warm_up)
        for count in range(requests + warm_up)
    ]
    counted = [done for done in offer(arrivals, ask) if not done.arrival.is_warm_up]
    latencies = sorted(done.latency_s * 1000 for done in counted)
    p50, p95 = nearest_rank(latencies, 0.5), nearest_rank(latencies, 0.95)
    assert p50 is not None
    assert p95 is not None
    failures = sum(done.failure is not None for done in counted)
    return Calibration(rate_per_s, len(counted), failures, round(p50, DECIMALS), round(p95, DECIMALS))


def lateness_p95_ms(exchanges: Iterable[Exchange]) -> float | None:
    """The generator's own lateness at p95; None without exchanges."""
    late = nearest_rank(sorted(done.late_s * 1000 for done in exchanges), 0.95)
    return None if late is None else round(late, DECIMALS)


def doubt_of(
    target_ms: float, late_p95_ms: float | None, calibrated: Calibration | None, machine: MachineLoad | None
) -> Doubt | None:
    """The reason not to trust times measured against this target, or None.

    Where the processors were free of other work, the service made the generator late, because both share the machine.
    Then a target missed by more than the lateness is missed.
    """
    tolerated = TOLERATED_SHARE * target_ms
    of_machine = machine.doubt() if machine is not None else None
    if of_machine is not None and not of_machine.met_stands:
        return of_machine
    is_quiet = machine is not None and machine.is_known_quiet
    if late_p95_ms is not None and late_p95_ms > tolerated:
        return Doubt(
            f"the load generator was late: {late_p95_ms:.1f} ms at its p95, {tolerated:g} ms are tolerated; "
            f"the stated rate was not offered ({_at(machine)})",
            error_ms=late_p95_ms if is_quiet else inf,
        )
    if calibrated is not None and calibrated.failures:
        return Doubt(f"the load generator lost {calibrated.failures} requests to a server that does nothing")
    if calibrated is not None and calibrated.p95_ms > tolerated:
        return Doubt(
            f"the load generator adds too much: {calibrated.p95_ms:.1f} ms at p95 against a server that does nothing, "
            f"{tolerated:g} ms are tolerated ({_at(machine)})",
            error_ms=calibrated.p95_ms if is_quiet else inf,
        )
    return of_machine


def _at(machine: MachineLoad | None) -> str:
    return "is this machine busy with something else?" if machine is None else machine.sentence
