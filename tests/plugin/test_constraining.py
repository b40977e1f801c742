"""A schema that accepts every document is told from one that can refuse some."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from release_gate.rules.constraining import can_refuse
from release_gate.rules.validity import InvalidJson, InvalidSchema, faults_of, parse_json, read_schema

ROUND = {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}
ACCEPTS_ALL: list[Any] = [
    True,
    {},
    {"title": "Boil", "$defs": {"boil": {"type": "object"}}},
    {"$ref": "#"},
    {"allOf": [{"$ref": "#"}]},
    ROUND,
    {"properties": {"degrees": {}}, "additionalProperties": True},
    {"items": {"anyOf": [{"title": "x"}, True]}},
    {"propertes": {"degrees": {"minimum": 100}}},
    {"anyOf": [{"type": "object"}, True]},
    {"anyOf": [{"minimum": 100}, {"title": "anything"}]},
]
CAN_REFUSE: list[Any] = [
    False,
    {"type": "object"},
    {"properties": {"degrees": {"minimum": 100}}},
    {"additionalProperties": False},
    {"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"enum": [1]}}},
    {"$ref": "#boil", "$defs": {"boil": {"$anchor": "boil"}}},
    {"$ref": "https://json-schema.org/draft/2020-12/schema"},
    {"items": [{"const": 1}]},
    {"oneOf": [{"type": "object"}, True]},
    {"anyOf": [{"type": "object"}, {"$ref": "#/$defs/a"}], "$defs": {"a": {"type": "null"}}},
    {"if": {"required": ["a"]}, "then": {"required": ["b"]}},
    ROUND | {"allOf": [{"type": "object"}]},
]


@pytest.mark.parametrize("schema", ACCEPTS_ALL, ids=json.dumps)
def test_schema_that_accepts_everything_is_no_schema(schema: Any, tmp_path: Path) -> None:
    assert not can_refuse(schema)
    (tmp_path / "boil.schema.json").write_text(json.dumps(schema))
    with pytest.raises(InvalidSchema, match="proves nothing"):
        read_schema(tmp_path / "boil.schema.json")


@pytest.mark.parametrize("schema", CAN_REFUSE, ids=json.dumps)
def test_schema_that_can_refuse_is_one(schema: Any) -> None:
    assert can_refuse(schema)


def test_formats_count(tmp_path: Path) -> None:
    schema = tmp_path / "boil.schema.json"
    schema.write_text('{"properties": {"day": {"format": "date"}, "own": {"format": "teapot"}}}')
    assert faults_of(b'{"day": "2026-01-31", "own": "x"}', schema) == []
    assert "is not a" in faults_of(b'{"day": "yesterday"}', schema)[0]


@pytest.mark.parametrize(
    ("content", "valid"),
    [
        (rb'{"a": "\ud83d\ude00"}', True),
        (rb'{"a": "\\ud800"}', True),
        (rb'{"a": "\ud800"}', False),
        (rb'{"\uDC00": "a"}', False),
        (rb'["\ude00\ud83d"]', False),
    ],
)
def test_half_a_character_is_no_json(content: bytes, valid: bool) -> None:
    with nullcontext() if valid else pytest.raises(InvalidJson, match="alone, which is half a character"):
        parse_json(content)
