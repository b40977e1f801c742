"""Tests that a JSON Schema can refuse a document: one that accepts everything proves nothing about an artefact.

A reference that leads back to itself without another keyword is such a schema, although validators accept it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

REFUSING = frozenset(
    {"type", "enum", "const", "multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
    | {"minLength", "maxLength", "pattern", "format", "minItems", "maxItems", "uniqueItems", "contains"}
    | {"minProperties", "maxProperties", "required", "dependentRequired", "dependencies", "not"}
)
"""Keywords that alone can refuse a document."""
ONE = frozenset(
    {"items", "additionalItems", "unevaluatedItems", "additionalProperties", "unevaluatedProperties", "propertyNames"}
    | {"then", "else"}
)
LISTED = frozenset({"allOf", "anyOf", "oneOf", "prefixItems", "items"})
NAMED = frozenset({"properties", "patternProperties", "dependentSchemas"})
REFERENCES = frozenset({"$dynamicRef", "$recursiveRef"})
APPLYING = REFUSING | ONE | LISTED | NAMED | REFERENCES | {"$ref"}


def can_refuse(schema: Any) -> bool:
    """True if any document can violate the schema; also for a schema that cannot be resolved."""
    seen: list[Any] = []
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if one is False:
            return True
        if not isinstance(one, dict) or any(one is other for other in seen):
            continue
        seen.append(one)
        if REFUSING & one.keys() or REFERENCES & one.keys():
            return True
        waiting += _within(one)
        if "$ref" in one:
            found = _at(schema, one["$ref"])
            if found is None:
                return True
            waiting.append(found)
    return False


def _within(schema: dict[str, Any]) -> Iterator[Any]:
    """The schemas that a schema applies, without those that it only defines."""
    for name, value in schema.items():
        if name in LISTED and isinstance(value, list):
            yield from () if name == "anyOf" and any(map(_says_nothing, value)) else value
        elif name in NAMED and isinstance(value, dict):
            yield from value.values()
        elif name in ONE:
            yield value


def _says_nothing(schema: Any) -> bool:
    """True for a schema without a keyword that applies: beside it, no alternative of an anyOf refuses anything."""
    return schema is True or (isinstance(schema, dict) and not schema.keys() & APPLYING)


def _at(document: Any, reference: Any) -> Any:
    """The target of a reference within the document; None for any other reference."""
    if not isinstance(reference, str) or not reference.startswith("#") or "%" in reference:
        return None
    found = document
    for step in reference.removeprefix("#").split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(found, list) and name.isdecimal() and int(name) < len(found):
            found = found[int(name)]
        elif isinstance(found, dict) and name in found:
            found = found[name]
        else:
            return None
    return found if reference == "#" or reference.startswith("#/") else None
