"""Benchmark of each way to a PostgreSQL: time to the first query, cost of a scratch database, speed of tests.

    python3 benchmarks/providers.py [--rounds 10] [--suites] [--json]

Every round starts each provider that can be used here once, in turn, so that a drift of the machine reaches all of
them; a start ends with the answer to SELECT 1, and its ratio is to the embedded one of the same round. The external
server is given, so it is only connected to. Scratch databases are made on an embedded server. With --suites also:
criteria A and B on a sample, and the integration tests on two workers, as `make test` runs them.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import sqlalchemy as sa

from app.config import Settings, load_settings
from app.database.access.roles import roles_for
from app.database.bootstrap import bootstrap
from app.database.engine import make_engine
from app.database.errors import ProviderUnavailable
from app.database.providers import open_server
from app.database.scratch import create_database, drop_database

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = "embedded"
KINDS = (REFERENCE, "system", "testcontainers", "external")
AB = ("tests/acceptance/test_a_bootstrap.py", "tests/acceptance/test_b_migrations.py")


def timed(act: Callable[[], Any]) -> float:
    """Milliseconds that an act takes."""
    began = perf_counter()
    act()
    return (perf_counter() - began) * 1000


def ask(url: sa.URL) -> None:
    """Connect, and have one answer."""
    engine = make_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")


def start_of(kind: str, settings: Settings) -> dict[str, Any]:
    """Milliseconds from nothing to the first answer, and from there to nothing left; the server's version."""
    began = perf_counter()
    with open_server(settings, kind, say=lambda line: None) as server:
        ask(server.url)
        ready, version = perf_counter(), server.version
    return {"start_ms": (ready - began) * 1000, "stop_ms": (perf_counter() - ready) * 1000, "version": version}


def starts(rounds: int) -> dict[str, Any]:
    """The figures of each provider round by round, or the reason why it cannot be used here."""
    found: dict[str, Any] = {kind: [] for kind in KINDS}
    own = Settings(_env_file=None, database_url=None, database_url_host=None)
    with open_server(own, REFERENCE, say=lambda line: None) as server:
        given = Settings(_env_file=None, database_url=server.url.render_as_string(hide_password=False))
        for _ in range(rounds):
            for kind in [kind for kind in KINDS if isinstance(found[kind], list)]:
                try:
                    found[kind].append(start_of(kind, given if kind == "external" else own))
                except ProviderUnavailable as refusal:
                    found[kind] = refusal.reason
    return found


def scratch(rounds: int) -> dict[str, list[float]]:
    """Milliseconds of making and dropping an empty database, and a copy of one at head, as each test does."""
    figures: dict[str, list[float]] = {"empty": [], "copy of head": [], "dropped": []}
    with open_server(load_settings(), REFERENCE, say=lambda line: None) as server:
        bootstrap(server.url, database="head", roles=roles_for("bench"))
        for _ in range(rounds):
            for what, template in (("empty", None), ("copy of head", "head")):
                made = lambda: create_database(server.url, "scratch", template=template)  # noqa: B023, E731
                figures[what].append(timed(made))
                ask(server.url.set(database="scratch"))
                figures["dropped"].append(timed(lambda: drop_database(server.url, "scratch")))
    return figures


def suite(*arguments: str) -> dict[str, Any]:
    """Tests that passed, seconds of the whole process. Raises CalledProcessError when one fails."""
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--postgres", REFERENCE, *arguments]
    began = perf_counter()
    said = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    took, passed = perf_counter() - began, re.search(r"(\d+) passed", said)
    return {"tests": int(passed[1]) if passed else 0, "seconds": took}


def shown(result: dict[str, Any]) -> str:
    """Medians, one thing a line."""
    lines = []
    reference = result["starts"][REFERENCE]
    for kind, found in result["starts"].items():
        if isinstance(found, str):
            lines.append(f"{kind:15} not here: {found}")
            continue
        start, stop = (statistics.median(one[name] for one in found) for name in ("start_ms", "stop_ms"))
        ratio = statistics.median(a["start_ms"] / b["start_ms"] for a, b in zip(found, reference, strict=True))
        told = f"{start:7.0f} ms to the first query = {ratio:.2f} × embedded, {stop:5.0f} ms to stop"
        lines.append(f"{kind:15} {found[0]['version']:6} {told}")
    for what, milliseconds in result["scratch"].items():
        low, high = min(milliseconds), max(milliseconds)
        lines.append(f"scratch, {what:13} {statistics.median(milliseconds):6.1f} ms ({low:.1f} to {high:.1f})")
    for name, found in result.get("suites", {}).items():
        rate = found["tests"] / found["seconds"]
        lines.append(f"{name:15} {found['tests']} tests in {found['seconds']:.1f} s = {rate:.1f} a second")
    return "\n".join(lines)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--suites", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    result: dict[str, Any] = {"starts": starts(given.rounds), "scratch": scratch(given.rounds)}
    if given.suites:
        integration = suite("tests/integration", "-m", "not prod_ready", "-n", "2")
        result["suites"] = {"criteria A and B": suite(*AB), "integration": integration}
    sys.stdout.write((json.dumps(result, indent=2) if given.json else shown(result)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
