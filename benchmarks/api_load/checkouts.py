"""Serves the API of another checkout by its own commands, on a database of its own, to compare this one with it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.api.keys.api_keys import Scope, keys_text, new_key
from app.api.process.starting import await_health
from app.config import Settings
from app.database.access.roles import roles_for
from app.database.engine import open_engine
from app.database.scratch import scratch_database
from app.performance.load.truth import read_truth
from benchmarks.api_load.record import CheckoutFailed
from benchmarks.api_load.service import DETAILS, UNLIMITED, WORKERS, Service
from benchmarks.ingestion_speed.servers import Site

ROLE_PREFIX = "before"
"""Prefix of that checkout's roles, which stand beside those of this one on the server."""
STOP_WITHIN_S = 15.0


@contextmanager
def running_before(site: Site, checkout: Path, workbook: Path, settings: Settings, folder: Path) -> Iterator[Service]:
    """Ingest the workbook by that checkout, and serve it. Raises CheckoutFailed and ServerError."""
    roles, (key, known) = roles_for(ROLE_PREFIX), new_key("benchmark", Scope)
    with scratch_database(site.server.url, prefix=ROLE_PREFIX) as url, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
            "DATABASE_URL": url.render_as_string(hide_password=False),
            "ROLE_PREFIX": ROLE_PREFIX,
            "API_KEYS": keys_text([known]),
            "LOCAL_DIR": str(folder / "local"),
            **{name.upper(): rate for name, rate in UNLIMITED.items()},
        }
        done(checkout, environment, "bootstrap")
        done(checkout, environment, "ingest", str(workbook), "--reports", str(folder / "reports"))
        with open_engine(url, role=roles.api) as engine, engine.connect() as connection:
            truth = read_truth(connection, settings.plant, DETAILS)
        assert truth is not None, "an ingestion that publishes leaves a live run"
        with serving(checkout, environment, port, folder / "serve.log") as base_url:
            yield Service(base_url, key, truth, 0)


def commit_of(checkout: Path) -> str:
    """The short name of the checkout's commit; empty where it is none of git's."""
    found = subprocess.run(
        ["git", "-C", str(checkout), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    return found.stdout.strip()


def command_of(checkout: Path, *arguments: str) -> list[str]:
    """A command of that checkout, by its own environment or, where it has none, by this one."""
    own = checkout / ".venv" / "bin" / "python"
    return [str(own) if own.exists() else sys.executable, "-m", "app", *arguments]


def done(checkout: Path, environment: dict[str, str], *arguments: str) -> None:
    """Run a command of that checkout. Raises CheckoutFailed."""
    found = subprocess.run(
        command_of(checkout, *arguments), cwd=checkout, env=environment, capture_output=True, text=True, check=False
    )
    if found.returncode:
        lines = (found.stderr or found.stdout).strip().splitlines()
        raise CheckoutFailed(f"{checkout}: {arguments[0]} ended with {found.returncode}: {lines[-1] if lines else ''}")


@contextmanager
def serving(checkout: Path, environment: dict[str, str], port: int, log: Path) -> Iterator[str]:
    """The API of that checkout on a port of this machine. Raises ServerError."""
    base_url = f"http://127.0.0.1:{port}"
    command = command_of(checkout, "serve", "--port", str(port), "--workers", str(WORKERS))
    with (
        log.open("w+b") as output,
        subprocess.Popen(
            command, cwd=checkout, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        ) as child,
    ):
        try:
            await_health(base_url, child, output)
            yield base_url
        finally:
            child.terminate()
            try:
                child.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                child.kill()
