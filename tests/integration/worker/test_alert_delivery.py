"""One event to one receiver: signed, to no private address unless declared, and without the secret anywhere else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from app.worker import alert_delivery
from app.worker.alert_delivery import AddressRefused, DeliveryFailed, deliver
from app.worker.alerts_file import AlertsError, Webhook, load_alerts
from tests.integration.waiting import WITHIN_S
from tests.integration.worker.receiver import receiving

SECRET = "a-secret-of-at-least-24-bytes"
EVENT: dict[str, Any] = {
    "id": "evt_1",
    "type": "RUN_PUBLISHED",
    "timestamp": "t",
    "data": {"plant": "main", "name": "ã"},
}


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(f"{SECRET}\n")
    return path


def webhook(url: str, secret: Path, **more: Any) -> Webhook:
    return Webhook(name="erp", url=url, secret_file=secret, **({"allow_private": True} | more))


def test_receiver_can_check_the_signature_with_the_secret_alone(secret: Path) -> None:
    with receiving(204) as receiver:
        deliver(webhook(receiver.url, secret), EVENT)
    ((headers, body),) = receiver.received
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
    assert (json.loads(body), headers["webhook-id"]) == (EVENT, "evt_1")


@pytest.mark.parametrize("status", [199 + 1 + 100, 302, 404, 429, 500, 503])
def test_every_answer_but_2xx_is_a_failure_and_no_redirect_is_followed(secret: Path, status: int) -> None:
    with receiving(status) as receiver, pytest.raises(DeliveryFailed, match=str(status)) as failure:
        deliver(webhook(receiver.url, secret), EVENT)
    assert len(receiver.received) == 1
    assert not any(text in str(failure.value) for text in (SECRET, "token", "127.0.0.1"))


def test_receiver_that_is_gone_or_silent_is_a_failure(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, monkeypatch.context() as short:
        short.setattr(alert_delivery, "TIMEOUT_S", 0.05)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(DeliveryFailed, match="TimeoutError"):
            deliver(webhook(url, secret), EVENT)
    monkeypatch.setattr(alert_delivery, "TIMEOUT_S", WITHIN_S)
    with pytest.raises(DeliveryFailed, match="ConnectionRefusedError"):
        deliver(webhook(url, secret), EVENT)


def test_answer_that_comes_byte_by_byte_is_cut_off_at_the_deadline(
    secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alert_delivery, "TIMEOUT_S", 0.2)
    ended = threading.Event()

    def drip(server: socket.socket) -> None:
        taken, _ = server.accept()
        with taken:
            for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 5_000 + b"\r\n\r\n":
                if ended.wait(0.02):
                    return
                try:
                    taken.send(bytes([byte]))
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        dripping = threading.Thread(target=drip, args=(server,))
        dripping.start()
        with pytest.raises(DeliveryFailed, match="TimeoutError"):  # the answer takes 100 s, and would be a success
            deliver(webhook(f"http://127.0.0.1:{server.getsockname()[1]}/", secret), EVENT)
        ended.set()
        dripping.join()


def test_nothing_is_sent_when_the_address_was_found_too_late(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, looked_up = threading.Event(), socket.getaddrinfo
    monkeypatch.setattr(alert_delivery, "TIMEOUT_S", 0.05)
    with receiving(204) as receiver:

        def slow(*asked: Any, **more: Any) -> Any:
            found.wait(WITHIN_S)
            return looked_up(*asked, **more)

        monkeypatch.setattr(alert_delivery.socket, "getaddrinfo", slow)
        before = set(threading.enumerate())
        with pytest.raises(DeliveryFailed, match="TimeoutError"):
            deliver(webhook(receiver.url, secret), EVENT)
        (asking,) = set(threading.enumerate()) - before
        found.set()
        asking.join(WITHIN_S)
    assert receiver.received == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "10.1.2.3",
        "192.168.0.9",
        "169.254.169.254",
        "[::ffff:127.0.0.1]",
        "0.0.0.0",
        "2130706433",
    ],
)
def test_private_address_is_refused_before_anything_is_sent(secret: Path, host: str) -> None:
    with receiving(200) as receiver, pytest.raises(AddressRefused):
        deliver(webhook(f"https://{host}:{receiver.port}/", secret, allow_private=False), EVENT)
    assert receiver.received == []


def test_host_without_a_valid_name_is_a_failure(secret: Path) -> None:
    with pytest.raises(DeliveryFailed):
        deliver(webhook(f"https://{'x' * 70}.invalid/", secret), EVENT)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[[webhooks]]\nname = 'a'\nurl = 'http://example.com'\nsecret_file = 's'", "plain http needs allow_private"),
        ("[[webhooks]]\nname = 'a'\nurl = 'ftp://example.com'\nsecret_file = 's'", "webhooks.0.url"),
        ("[[webhooks]]\nname = 'a'\nurl = 'https://u:p@example.com'\nsecret_file = 's'", "webhooks.0.url"),
        ("[[webhooks]]\nname = 'a'\nurl = 'https://example.com:99999'\nsecret_file = 's'", "webhooks.0.url"),
        ("[[webhooks]]\nname = 'a'\nurl = 'https://example.com/ x'\nsecret_file = 's'", "webhooks.0.url"),
        ("[[webhooks]]\nname = 'a'\nurl = 'https://example.com'\nsecret = 'shown'", "webhooks.0.secret_file"),
        ("[[webhooks]]\nname = 'a'\nurl = 'https://e.com'\nsecret_file = 's'\nevents = ['ALL']", "webhooks.0.events.0"),
        ("[[webhooks]]\nname = 'a'\nurl = 'https://e.com'\nsecret_file = 's'\n" * 2, "two webhooks are called a"),
        ("[thresholds]\noverdue = 3", "thresholds.overdue"),
        ("[thresholds]\ndata_age_hours = 0", "thresholds.data_age_hours"),
        ("[thresholds", "cannot be read as TOML"),
        pytest.param("x = " + "[" * 20_000, "cannot be read as TOML", id="nested without end"),
        pytest.param("\ufeff[thresholds]\noverdue = 3", "thresholds.overdue", id="mark of an editor"),
    ],
)
def test_invalid_file_is_refused_by_the_name_of_its_fault(tmp_path: Path, text: str, part: str) -> None:
    path = tmp_path / "alerts.toml"
    path.write_text(text)
    with pytest.raises(AlertsError) as refusal:
        load_alerts(path)
    assert part in str(refusal.value)
    assert "shown" not in str(refusal.value)


def test_short_or_missing_secret_is_refused_without_being_told(secret: Path, tmp_path: Path) -> None:
    secret.write_text("short-secret")
    with pytest.raises(AlertsError, match="under 24 bytes") as refusal:
        deliver(webhook("http://127.0.0.1:9/", secret), EVENT)
    assert "short-secret" not in str(refusal.value)
    with pytest.raises(AlertsError, match="cannot be read"):
        deliver(webhook("http://127.0.0.1:9/", tmp_path / "none"), EVENT)
