"""The queue's schema: procrastinate's own objects, and the one door to it that the API's role has.

The revision that makes it holds the package's SQL; a test compares it with what the installed package brings.
"""

from __future__ import annotations

SCHEMA = "queue"
QUEUE, TASK = "ingestion", "ingest"
"""Names under which a request is queued and the worker finds it."""

REQUEST = (
    f"{SCHEMA}.request_ingestion(asked_plant text, asked_sha256 text, asked_name text, asked_by text,"
    " asked_source text, asked_file text, asked_force boolean, asked_allow_shrink boolean)"
)
"""The door, as the catalogue names it: it records a request and queues its job; its result is the run_id."""
