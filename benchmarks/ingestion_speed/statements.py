"""Time of each SQL statement of one ingestion, by the server's own account (pg_stat_statements)."""

from __future__ import annotations

import re
from typing import Any

from benchmarks.ingestion_speed.figures import NotMeasured
from benchmarks.ingestion_speed.servers import PRELOADED, execute, rows

RUN_NUMBER = re.compile(r"_r\d+(?![0-9a-z])")
LONGEST_TEXT = 110
MOST = 15

COSTLIEST = (
    "SELECT query, calls, total_exec_time FROM pg_stat_statements JOIN pg_database AS d ON d.oid = dbid"
    " WHERE d.datname = current_database() ORDER BY total_exec_time DESC"
)


def shown(statement: str) -> str:
    """A statement's beginning in one line, without the run's number."""
    line = " ".join(RUN_NUMBER.sub("_rN", statement).split())
    return line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1] + "…"


def begin(url: str) -> None:
    """Create the extension and reset its counts. Raises NotMeasured where the server does not load it."""
    if not rows(url, f"SELECT WHERE current_setting('shared_preload_libraries') = '{PRELOADED}'"):
        raise NotMeasured(f"this server has no {PRELOADED}")
    execute(url, f"CREATE EXTENSION IF NOT EXISTS {PRELOADED}")
    execute(url, "SELECT pg_stat_statements_reset()")


def costliest(url: str) -> list[dict[str, Any]]:
    """The statements that took longest since `begin`, those that differ in the run's number only taken together."""
    found: dict[str, dict[str, Any]] = {}
    for text, calls, milliseconds in rows(url, COSTLIEST):
        one = found.setdefault(shown(str(text)), {"statement": shown(str(text)), "calls": 0, "seconds": 0.0})
        one["calls"] += calls
        one["seconds"] += float(str(milliseconds)) / 1000
    return sorted(found.values(), key=lambda one: -one["seconds"])[:MOST]
