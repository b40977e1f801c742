"""Sends one event to one webhook: signed as https://www.standardwebhooks.com says, bounded in time and in addresses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from app.ingestion.errors import IngestionError
from app.worker.alerts_file import Webhook

TIMEOUT_S = 5.0
"""Seconds for the whole delivery: finding the address, connecting, sending, and reading the answer's head."""
USER_AGENT = "prodplan-alerts/1"


class DeliveryFailed(IngestionError):
    """The receiver did not take the event; it is tried again."""

    code = "DELIVERY_FAILED"


class AddressRefused(IngestionError):
    """The webhook's host is an address of this machine or of a private network; it is not tried again."""

    code = "ADDRESS_REFUSED"


def signature(secret: bytes, event_id: str, timestamp: int, body: bytes) -> str:
    """The header webhook-signature: HMAC-SHA256 of id, time and body."""
    signed = b".".join((event_id.encode(), str(timestamp).encode(), body))
    return f"v1,{base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()}"


def deliver(webhook: Webhook, event: Mapping[str, Any]) -> None:
    """Send the event once. Raises DeliveryFailed, AddressRefused, AlertsError; none says the address or the secret."""
    body, now = json.dumps(event, separators=(",", ":")).encode(), int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        "webhook-id": event["id"],
        "webhook-timestamp": str(now),
        "webhook-signature": signature(webhook.secret(), event["id"], now, body),
    }
    parts = urlsplit(webhook.url)
    connection = _Connection(webhook, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    target = parts.path or "/"
    try:
        status = connection.status_of("POST", f"{target}?{parts.query}" if parts.query else target, body, headers)
    except (OSError, UnicodeError, http.client.HTTPException) as error:
        raise DeliveryFailed(f"Webhook {webhook.name} did not answer ({type(error).__name__}).") from None
    if not 200 <= status < 300:
        # A redirect is not followed: it could lead to an address that is refused.
        raise DeliveryFailed(f"Webhook {webhook.name} answered {status}.")


class _Connection(http.client.HTTPConnection):
    """A connection to an address that was checked after its name was looked up, so that the name cannot change."""

    def __init__(self, webhook: Webhook, host: str, port: int) -> None:
        super().__init__(host, port, timeout=TIMEOUT_S)
        self._webhook, self._deadline = webhook, time.monotonic() + TIMEOUT_S

    def status_of(self, *request: Any) -> int:
        """Send the request, and return the status of its answer. Raises TimeoutError at the deadline.

        A thread of its own asks: neither the lookup of a name nor an answer that comes byte by byte has a time limit.
        """
        found: list[int | Exception] = []

        def ask() -> None:
            try:
                self.request(*request)
                found.append(self.getresponse().status)
            except Exception as error:
                found.append(error)
            finally:
                self.close()

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        asking.join(self._left())
        if not found:
            self._cut()
            raise TimeoutError
        if isinstance(found[0], Exception):
            raise found[0]
        return found[0]

    def connect(self) -> None:
        """Connect to the first of the host's addresses that answers."""
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        addresses = [str(info[4][0]) for info in found]
        if not self._webhook.allow_private and not all(map(_is_public, addresses)):
            raise AddressRefused(
                f"Webhook {self._webhook.name} is at a private address: set allow_private = true if that is meant."
            )
        self.sock = self._first_that_answers(addresses)
        if self._webhook.url.startswith("https:"):
            context = ssl.create_default_context()
            # The handshake comes later, so that `_cut` finds the socket while it lasts.
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock.do_handshake()
        self._left()

    def _first_that_answers(self, addresses: list[str]) -> socket.socket:
        for place, address in enumerate(addresses):
            try:
                return socket.create_connection((address, self.port), self._left())
            except OSError:
                if place == len(addresses) - 1:
                    raise
        raise OSError("the host has no address")

    def _left(self) -> float:
        """Seconds until the deadline. Raises TimeoutError behind it, so that nothing is sent any more."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left

    def _cut(self) -> None:
        """End what the thread waits for."""
        if self.sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


def _is_public(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_global
