"""Examples of the OpenAPI document: recorded answers about a small factory, kept in examples.json.

A test sends the requests again for the same factory and fails if an answer differs from its example.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RECORD = Path(__file__).with_name("examples.json")
SAME_FORM = {
    f"POST /api/ingestion/runs/{{run_id}}/{action}": "POST /api/ingestion/runs" for action in ("retry", "publish")
}
"""Operations without a recorded answer, each with the operation whose answer has the same form."""


def recorded() -> dict[str, Any]:
    """The bodies of the successful answers, by "METHOD path"."""
    found: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    return found


def add_examples(document: dict[str, Any]) -> None:
    """Add the recorded answers to the operations of an OpenAPI document as examples."""
    bodies = recorded()
    for name in (*bodies, *SAME_FORM):
        method, path = name.split(" ")
        responses = document["paths"][path][method.lower()]["responses"]
        success = next(status for status in responses if status.startswith("2"))
        responses[success]["content"]["application/json"]["example"] = bodies[SAME_FORM.get(name, name)]
