"""The provider of containers refuses a Docker engine that cannot be used, at once and with the reason."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from app.config import Settings
from app.database.errors import ProviderUnavailable
from app.database.providers import open_server


@contextmanager
def engine_at(path: Path, answer: bytes | None) -> Iterator[None]:
    """A socket that gives the same answer to each request; None: it accepts connections and never answers."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            while answer is not None:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    if connection.recv(65536):
                        connection.sendall(answer)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
    ],
    ids=["hangs", "fails", "refuses", "is none"],
)
def test_engine_that_does_not_serve_is_refused(
    answer: bytes | None, open_folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.database.providers.containers.PROBE_TIMEOUT_S", 0.2)
    path = open_folder / "docker.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    with (
        engine_at(path, answer),
        pytest.raises(ProviderUnavailable) as refused,
        open_server(settings, "testcontainers", say=lambda line: None),
    ):
        raise AssertionError("a server was opened")
    assert refused.value.reason.startswith(f"no Docker engine answers at unix://{path} (")
