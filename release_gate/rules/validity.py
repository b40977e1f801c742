"""Whether a document follows its JSON Schema (draft 2020-12).

jsonschema-rs compiles the schema: a gate of two hundred checks validates its result in half a millisecond, where an
interpreted validator took fifty, twice a run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jsonschema_rs import Draft202012Validator

LONGEST_FAULT = 150


def violations(document: Any, schema: dict[str, Any]) -> Iterator[str]:
    """Each violation as `$.path[0].to: what is wrong`. Raises ValueError where the schema is none."""
    for fault in Draft202012Validator(schema).iter_errors(document):
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in fault.instance_path)
        yield f"${''.join(steps)}: {fault.message[:LONGEST_FAULT]}"
