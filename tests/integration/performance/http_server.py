"""A small HTTP server whose answers a test decides, in threads of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Respond = Callable[["Conversation"], None]


class Conversation(BaseHTTPRequestHandler):
    """One client connection; the test's function answers each request."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        with self.server.lock:
            self.server.paths.append(self.path)
            self.server.clients.add(self.client_address)
        self.server.respond(self)

    def answer(self, body: bytes, status: int = 200, media_type: str = "application/json") -> None:
        """A whole answer in one write, so that small ones do not wait for acknowledgements."""
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (http.server's spelling)
        """Print nothing on stderr."""


class Server(ThreadingHTTPServer):
    """Keeps what was asked and by how many connections."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, respond: Respond) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.respond, self.lock = respond, threading.Lock()
        self.paths: list[str] = []
        self.clients: set[Any] = set()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving(respond: Respond) -> Iterator[Server]:
    """The server for as long as the block; clients must have closed their connections when it ends."""
    with Server(respond) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
