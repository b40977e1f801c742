"""Examples of the OpenAPI document: what the service answered about a small factory, recorded in examples.json.

A test asks the service again about the same factory, so an example that no longer is what it answers fails.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RECORD = Path(__file__).with_name("examples.json")
ALIKE = {"POST /api/ingestion/runs/{run_id}/retry": "POST /api/ingestion/runs"}
"""Operations that answer as another one does, and that the small factory has no cause for."""


def recorded() -> dict[str, Any]:
    """Bodies of the answers that went well, by "METHOD path"."""
    found: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    return found


def add_examples(document: dict[str, Any]) -> None:
    """Give each operation that was recorded its example."""
    bodies = recorded()
    for name in (*bodies, *ALIKE):
        method, path = name.split(" ")
        responses = document["paths"][path][method.lower()]["responses"]
        well = next(status for status in responses if status.startswith("2"))
        responses[well]["content"]["application/json"]["example"] = bodies[ALIKE.get(name, name)]
