"""Finds keywords of a JSON Schema that are typing errors: validators ignore what they do not know."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from release_gate.rules.constraining import LISTED, NAMED, ONE, REFUSING

DEFINITIONS = frozenset({"$defs", "definitions"})
WITHOUT_EFFECT = frozenset(
    {"title", "description", "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "if", "id"}
    | {"contentEncoding", "contentMediaType", "contentSchema", "minContains", "maxContains"}
)
KNOWN = sorted(REFUSING | ONE | LISTED | NAMED | DEFINITIONS | WITHOUT_EFFECT)
CLOSE = 0.8
"""Likeness from which a word is taken for a keyword that was typed wrongly."""


def mistyped(schema: Any) -> Iterator[tuple[str, str]]:
    """Each unknown keyword that is nearly a known one, and that one. Other unknown keywords are a schema's own."""
    if not isinstance(schema, dict):
        return
    for name, value in schema.items():
        close = [] if name in KNOWN or name.startswith(("$", "x-")) else get_close_matches(name, KNOWN, 1, CLOSE)
        if close:
            yield name, close[0]
        yield from _within(name, value)


def _within(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if name in NAMED | DEFINITIONS and isinstance(value, dict):
        for one in value.values():
            yield from mistyped(one)
    elif name in LISTED and isinstance(value, list):
        for one in value:
            yield from mistyped(one)
    elif name in ONE | LISTED | {"not", "if", "contains"}:
        yield from mistyped(value)
