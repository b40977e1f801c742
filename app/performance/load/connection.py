"""HTTP/1.1 over kept-alive connections, with the standard library alone."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

REUSE_WITHIN_S = 2.0
"""A connection idle for longer is replaced: servers close idle ones (uvicorn after 5 s), just as one asks again."""

TIMEOUT = "TIMEOUT"
OVERDUE = (TIMEOUT, "HTTP_503")
"""Codes of errors that may mean overload only: no answer in time, or the service refused to queue more."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: status, media type without parameters, body."""

    status: int
    media_type: str
    body: bytes


class ExchangeFailed(Exception):
    """No complete answer came; `code` is TIMEOUT or CONNECTION."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Connections:
    """Connections to one server, the last used first, so that as many are open as requests are under way.

    key: an API key that every request carries.
    """

    def __init__(self, base_url: str, key: str | None = None) -> None:
        parts = urlsplit(base_url)
        if parts.scheme != "http" or parts.hostname is None:
            raise ValueError(f"{base_url!r} is no http:// address")
        self._host, self._port = parts.hostname, parts.port or 80
        self._headers = {"Accept": "application/json, */*;q=0.1"} | ({"Authorization": f"Bearer {key}"} if key else {})
        self._idle: list[tuple[float, http.client.HTTPConnection]] = []
        self._lock = threading.Lock()

    def get(self, path: str, timeout_s: float) -> Answer:
        """One GET, never repeated. Raises ExchangeFailed when the whole answer does not arrive within timeout_s."""
        began = time.monotonic()
        with self._borrowed(timeout_s) as connection:
            try:
                connection.request("GET", path, headers=self._headers)
                response = connection.getresponse()
                body = response.read()
            except TimeoutError as error:
                raise ExchangeFailed(TIMEOUT, f"no answer within {timeout_s:.1f} s") from error
            except (OSError, http.client.HTTPException) as error:
                raise ExchangeFailed("CONNECTION", f"{type(error).__name__}: {error}") from error
        if time.monotonic() - began > timeout_s:
            # The socket's timeout bounds each read alone; a server that drips bytes would pass it.
            raise ExchangeFailed(TIMEOUT, f"no whole answer within {timeout_s:.1f} s")
        return Answer(response.status, response.headers.get_content_type(), body)

    def close(self) -> None:
        """Close the idle connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for _, connection in idle:
            connection.close()

    @contextmanager
    def _borrowed(self, timeout_s: float) -> Iterator[http.client.HTTPConnection]:
        """An idle connection or a new one; it is returned only if the exchange on it succeeded."""
        connection = self._reusable() or http.client.HTTPConnection(self._host, self._port)
        connection.timeout = timeout_s
        if connection.sock is not None:
            connection.sock.settimeout(timeout_s)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._idle.append((time.monotonic(), connection))

    def _reusable(self) -> http.client.HTTPConnection | None:
        with self._lock:
            used_at, connection = self._idle.pop() if self._idle else (0.0, None)
        if connection is not None and time.monotonic() - used_at > REUSE_WITHIN_S:
            connection.close()  # http.client opens it anew at the next request
        return connection
