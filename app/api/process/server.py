"""Running the API: `serve` in this process until a signal, `served` in a child for as long as a block.

No child outlives its parent: one of `served` stops when its standard input ends, which happens however the parent
dies, and a worker stops when its supervisor is gone. Nothing depends on PATH.
"""

from __future__ import annotations

import ipaddress
import json
import multiprocessing
import multiprocessing.connection
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import sqlalchemy as sa
import uvicorn
from pydantic import SecretStr

from app.api.descriptors import BACKLOG, MOST_CONNECTIONS, allow_many
from app.api.metrics_folder import FOLDER as METRICS_FOLDER
from app.api.process.protocol import Protocol
from app.api.process.starting import ServerError, await_health
from app.api.process.workers import Workers
from app.checkout import ROOT
from app.config import Settings, load_settings
from app.database.access.roles import Roles, roles_for
from app.database.urls import normalise
from app.imported_once import uncollected

if TYPE_CHECKING:
    from fastapi import FastAPI

CONFIGURATION, SOCKET = "PRODPLAN_API_CONFIGURATION", "PRODPLAN_API_SOCKET"
"""Environment variables from a server to its own children: the whole configuration as JSON, the listening socket."""

STOP_WITHIN_S, DRAIN_S = 15, 5


def serve(
    settings: Settings,
    database_url: str | sa.URL,
    roles: Roles,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: int = 1,
    bound: Callable[[str], None] = lambda base_url: None,
) -> None:
    """Serve until SIGINT or SIGTERM; `bound` is called with the base URL once the socket is bound.

    Raises ServerError, in one sentence, when the address cannot be bound or is reachable by others without a key.
    """
    if not (settings.keys_required or is_loopback(host)):
        raise ServerError(
            f"The API would answer others on {host} without API keys: set REQUIRE_API_KEY=true and make keys with "
            "`python3 -m app api-key`, or serve on 127.0.0.1."
        )
    listener = listening(host, port)
    listener.listen(BACKLOG)  # clients that connect from now on wait for the first worker and are not refused
    bound(base_url_of(listener))
    os.environ[CONFIGURATION] = configuration(settings, database_url, roles)
    try:
        run(listener, workers)
    finally:
        del os.environ[CONFIGURATION]
        listener.close()


def listening(host: str, port: int) -> socket.socket:
    """A socket bound to the address. Raises ServerError, in one sentence, when it cannot be."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is given because asyncio sets TCP_NODELAY only on sockets that name TCP: otherwise the body of an
    # answer waits some 40 ms for the client to acknowledge its head.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ServerError(
            f"The API cannot listen on {host}:{port}: {error.strerror}. Choose another --port."
        ) from error
    return listener


def base_url_of(listener: socket.socket) -> str:
    """The URL of a bound socket, with the port that the system chose for port 0."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_loopback(host: str) -> bool:
    """True if only this machine can reach the address; of names, only `localhost` is accepted."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def served(
    settings: Settings, database_url: str | sa.URL, roles: Roles, *, workers: int = 1, log: Path | None = None
) -> Iterator[str]:
    """The API in a child process on a free port of 127.0.0.1: yields the base URL once it answers /api/health.

    log: where the child's output goes; otherwise it is kept only to explain a failure to start. Raises ServerError.
    """
    with socket.socket() as listener, _log_file(log) as output:
        listener.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        child = subprocess.Popen(
            [sys.executable, "-m", "app.api.process.server", str(workers)],
            cwd=ROOT,
            env={
                **os.environ,
                CONFIGURATION: configuration(settings, database_url, roles),
                SOCKET: str(listener.fileno()),
            },
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            pass_fds=[listener.fileno()],
            start_new_session=True,
        )
        listener.close()
        try:
            await_health(base_url, child, output)
            yield base_url
        finally:
            _stop(child)


def configuration(settings: Settings, database_url: str | sa.URL, roles: Roles) -> str:
    """The configuration of a child as JSON; relative paths are resolved against this process's folder."""
    values: dict[str, Any] = {}
    for name, value in settings:
        if isinstance(value, SecretStr):
            values[name] = value.get_secret_value()
        else:
            values[name] = str(value.absolute()) if isinstance(value, Path) else value
    url = normalise(database_url).render_as_string(hide_password=False)
    return json.dumps({"settings": values, "database_url": url, "role_prefix": roles.prefix})


def application() -> FastAPI:
    """The application of a child, from its parent's configuration (uvicorn's factory)."""
    # Imported here: it takes most of a start, and the process that supervises the workers does not need it.
    with uncollected():
        from app.api.application import create_app

    given = json.loads(os.environ[CONFIGURATION])
    supervisor = multiprocessing.parent_process()
    if supervisor is not None:
        _stop_when(lambda: multiprocessing.connection.wait([supervisor.sentinel]), of_a_worker=True)
    settings = load_settings(**given["settings"])
    return create_app(settings, database_url=given["database_url"], roles=roles_for(given["role_prefix"]))


def server_config(workers: int) -> uvicorn.Config:
    """uvicorn's settings, with limits on its connections and its backlog."""
    return uvicorn.Config(
        "app.api.process.server:application",
        factory=True,
        workers=workers,
        http=Protocol,
        log_level="warning",
        access_log=False,
        server_header=False,
        backlog=BACKLOG,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=DRAIN_S,
    )


def run(listener: socket.socket, workers: int) -> None:
    """uvicorn on a bound socket, in this process or with worker processes, until a signal to stop."""
    config = server_config(workers)
    allow_many()
    if workers > 1:
        listener.set_inheritable(True)
        with tempfile.TemporaryDirectory(prefix="prodplan_metrics_") as folder:
            os.environ[METRICS_FOLDER] = folder
            try:
                Workers(config, sockets=[listener]).run()
            finally:
                del os.environ[METRICS_FOLDER]
    else:
        uvicorn.Server(config).run(sockets=[listener])


def _stop_when(parent_is_gone: Any, *, of_a_worker: bool = False) -> None:
    """Stop this process, gracefully and then at once, when a blocking call returns.

    of_a_worker: the parent is the supervisor, which can no longer remove the folder of the metrics.
    """

    def watch() -> None:
        parent_is_gone()
        if of_a_worker:
            _remove_metrics()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(DRAIN_S + 2)
        _remove_metrics()
        os._exit(1)

    threading.Thread(target=watch, name="parent watchdog", daemon=True).start()


def _remove_metrics() -> None:
    folder = os.environ.get(METRICS_FOLDER)
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _log_file(path: Path | None) -> Iterator[IO[bytes]]:
    if path is None:
        with tempfile.TemporaryFile() as file:
            yield file
    else:
        with path.open("w+b") as file:
            yield file


def _stop(child: subprocess.Popen[bytes]) -> None:
    """Close the child's standard input, at which it stops, and wait for its end."""
    assert child.stdin is not None
    child.stdin.close()
    try:
        child.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def main() -> None:
    """A child of `served`: serve on the socket inherited, until standard input ends."""
    _stop_when(lambda: os.read(sys.stdin.fileno(), 1))
    with socket.socket(fileno=int(os.environ[SOCKET])) as listener:
        run(listener, int(sys.argv[1]))


if __name__ == "__main__":
    main()
