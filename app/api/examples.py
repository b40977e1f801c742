"""Examples of the OpenAPI document: what the service answered about a small factory, recorded in examples.json.

A test asks the service again about the same factory, so an example that no longer is what it answers fails.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RECORD = Path(__file__).with_name("examples.json")


def recorded() -> dict[str, Any]:
    """Bodies of 200 by "METHOD path"."""
    found: dict[str, Any] = json.loads(RECORD.read_text(encoding="utf-8"))
    return found


def add_examples(document: dict[str, Any]) -> None:
    """Give each operation that was recorded its example."""
    for name, body in recorded().items():
        method, path = name.split(" ")
        operation = document["paths"][path][method.lower()]
        operation["responses"]["200"]["content"]["application/json"]["example"] = body
