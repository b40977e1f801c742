"""The queue's schema: procrastinate's objects, and the functions through which the API's role uses them.

The revision that makes it contains the package's SQL; a test compares it with the installed package's.
"""

from __future__ import annotations

import hashlib

SCHEMA = "queue"
TASK, ALERT_TASK = "ingest", "alert"
MOST_WAITING, QUEUE_FULL = 20, "53400"
"""The most requests of a plant that wait or run at once, and the SQLSTATE with which one more is refused."""

_ASKED = (
    f"{SCHEMA}.request_ingestion(asked_plant text, asked_sha256 text, asked_name text, asked_by text,"
    " asked_source text, asked_file text, asked_force boolean, asked_allow_shrink boolean"
)
_ALLOWED = f"{_ASKED}, asked_allow_rejects boolean, asked_allow_older boolean, asked_allow_empty boolean"
REQUESTS_OF_BEFORE = (f"{_ASKED})", f"{_ALLOWED})")
"""The signatures that an API of a previous release calls while it is being replaced."""
RETRY = f"{SCHEMA}.retry_ingestion(asked_run bigint, asked_by text)"
"""The function that repeats a failed ingestion; it returns the new run_id."""
REQUEST = f"{_ALLOWED}, asked_allow_implausible boolean)"
"""The function that records a request and queues its job; it returns the run_id. Named as in the catalogue."""


def queue_of(plant: str) -> str:
    """The name of a plant's queue, of constant length: it becomes part of a channel's name of at most 63 bytes."""
    return f"ingestion {hashlib.md5(plant.encode(), usedforsecurity=False).hexdigest()[:16]}"


def alerts_queue_of(plant: str) -> str:
    """The name of the queue of a plant's webhook deliveries; another one, so that they never hold up an ingestion."""
    return queue_of(plant).replace("ingestion", "alerts")
