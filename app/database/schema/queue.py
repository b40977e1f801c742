"""The queue's schema: procrastinate's own objects, and the one door to it that the API's role has.

The revision that makes it holds the package's SQL; a test compares it with what the installed package brings.
"""

from __future__ import annotations

import hashlib

SCHEMA = "queue"
TASK = "ingest"
MOST_WAITING, QUEUE_FULL = 20, "53400"
"""The most requests of a plant that wait or run at once, and the SQLSTATE with which one more is refused."""

_ASKED = (
    f"{SCHEMA}.request_ingestion(asked_plant text, asked_sha256 text, asked_name text, asked_by text,"
    " asked_source text, asked_file text, asked_force boolean, asked_allow_shrink boolean"
)
REQUEST_OF_BEFORE = f"{_ASKED})"
"""The signature by which an API of the release before makes a request, while it is still being replaced."""
RETRY = f"{SCHEMA}.retry_ingestion(asked_run bigint, asked_by text)"
"""The door for a failed ingestion to be repeated; its result is the new run_id."""
REQUEST = f"{_ASKED}, asked_allow_rejects boolean, asked_allow_older boolean, asked_allow_empty boolean)"
"""The door, as the catalogue names it: it records a request and queues its job; its result is the run_id."""


def queue_of(plant: str) -> str:
    """Name of a plant's queue. Short, whatever the plant's: it becomes part of a channel's name of at most 63 bytes."""
    return f"ingestion {hashlib.md5(plant.encode(), usedforsecurity=False).hexdigest()[:16]}"
