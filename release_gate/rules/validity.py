"""Validates a document by its JSON Schema, of the draft that the schema names (2020-12 where it names none).

jsonschema-rs compiles the schema: a gate of two hundred checks validates its result in half a millisecond, where an
interpreted validator took fifty, twice a run. Nothing is fetched: a reference leads within the schema, or to a draft.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from math import isfinite
from pathlib import Path
from typing import Any

from jsonschema_rs import Validator, validator_for

from release_gate.rules.constraining import can_refuse
from release_gate.rules.escaping import LONE_SURROGATE
from release_gate.rules.keywords import mistyped

LONGEST_FAULT = 150
ESCAPE = "\\ud"
"""Beginning of the escapes of surrogates in JSON, in small letters."""
DEEPEST = 200
"""Most levels of nesting, so that a recursive validator ends."""


class InvalidSchema(Exception):
    """A file is no usable JSON Schema; the message begins with a verb."""

    code = "INVALID_SCHEMA"


class InvalidJson(ValueError):
    """A file is no JSON; the message begins with a verb."""

    code = "INVALID_JSON"


def violations(document: Any, schema: dict[str, Any]) -> Iterator[str]:
    """Each violation as `$.path[0].to: what is wrong`. Raises ValueError where the schema is none."""
    yield from found_by(validator_for(schema, offline=True), document)


def found_by(validator: Validator, document: Any) -> Iterator[str]:
    """The violations found by a compiled schema, as in `violations`."""
    for fault in validator.iter_errors(document):
        steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in fault.instance_path)
        yield f"${''.join(steps)}: {fault.message[:LONGEST_FAULT]}"


def read_schema(path: Path) -> Validator:
    """The schema in a file, with formats enforced. Raises InvalidSchema, also for one that refuses nothing."""
    try:
        schema = read_json(path)
        validator = validator_for(schema, offline=True, validate_formats=True)
    except InvalidJson as error:
        raise InvalidSchema(str(error)) from error
    except ValueError as error:
        why = " ".join(str(error).partition("\n")[0].split())
        raise InvalidSchema(f"is no usable JSON Schema: {why}.") from error
    if not can_refuse(schema):
        raise InvalidSchema("accepts every document, so it proves nothing: say at least its type.")
    if wrong := next(mistyped(schema), None):
        raise InvalidSchema(f'has the keyword "{wrong[0]}", which nobody reads; did you mean "{wrong[1]}"?')
    return validator


def faults_of(content: bytes, schema: Path) -> list[str]:
    """The first violations of a file's bytes against the schema in another file; empty where it is valid."""
    try:
        return list(islice(found_by(read_schema(schema), parse_json(content)), 3))
    except InvalidSchema as error:
        return [f"its schema {schema.name} {error}"]
    except InvalidJson as error:
        return [str(error)]


def read_json(path: Path) -> Any:
    """The content of a JSON file (RFC 8259). Raises InvalidJson.

    Python also accepts NaN and infinities, and drops all but the last value of a repeated key; a schema could not find
    either.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidJson(f"cannot be read: {error.strerror}.") from error
    return parse_json(content)


def parse_json(content: bytes) -> Any:
    """The content of JSON bytes, as in `read_json`."""
    if content.startswith(b"\xef\xbb\xbf"):
        raise InvalidJson("begins with a byte order mark; write it as UTF-8 without one.")
    try:
        text = content.decode("utf-8")
        document = json.loads(
            text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_finite, parse_int=_whole
        )
    except UnicodeDecodeError as error:
        raise InvalidJson(f"is not UTF-8 at byte {error.start}.") from error
    except RecursionError as error:
        raise InvalidJson(f"is nested deeper than {DEEPEST} levels.") from error
    except InvalidJson:
        raise
    except ValueError as error:
        raise InvalidJson(f"is no JSON: {error}.") from error
    if text.count("[") + text.count("{") > DEEPEST and _depth(document) > DEEPEST:
        raise InvalidJson(f"is nested deeper than {DEEPEST} levels.")
    if ESCAPE in text.lower():
        _require_whole_characters(document)
    return document


def _require_whole_characters(document: Any) -> None:
    half = LONE_SURROGATE.search(json.dumps(document, ensure_ascii=False))
    if half is not None:
        raise InvalidJson(f"holds \\u{ord(half[0]):04x} alone, which is half a character: UTF-8 cannot encode it.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidJson(f"has the key {json.dumps(twice)} twice in one object.")
    return made


def _no_constant(name: str) -> None:
    raise InvalidJson(f"holds {name}, which is no number of JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise InvalidJson(f"holds {text[:20]}, which is too large to be compared.")
    return number


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise InvalidJson(f"holds a number of {len(text)} digits, which is too large to be compared.") from error


def _depth(document: Any) -> int:
    depth, level = 0, [document]
    while level:
        depth += 1
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return depth
