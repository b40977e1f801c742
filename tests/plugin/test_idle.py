"""Statements that look like a claim, and keywords of a schema that nobody reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from release_gate.in_pytest.claims.idle import idle_statements, swallowing_ends
from release_gate.rules.keywords import mistyped
from release_gate.rules.validity import InvalidSchema, read_schema

IDLE = [
    "def test_it():\n    1 == 2\n",
    "class TestIt:\n    def test_it(self):\n        if self:\n            self.a < self.b < 3\n",
    "import pytest\ndef test_it():\n    pytest.raises(ValueError)\n",
    "import pytest\ndef test_it():\n    pytest.approx(1)\n",
    "def good():\n    return False\ndef test_it():\n    assert good\n",
    "class TestIt:\n    def good(self): ...\n    def test_it(self):\n        assert self.good\n",
    "def test_it():\n    not 1 == 2\n",
    "def test_it():\n    1 == 2 and 2 == 3\n",
    "def test_it():\n    all([1 == 2])\n",
    "def test_it():\n    any(one for one in [])\n",
    "def test_it():\n    (one == 2 for one in [])\n",
    "def test_it():\n    map(int, ['a'])\n",
    "def test_it():\n    isinstance(1, str)\n",
    "def test_it():\n    math.isclose(1, 2)\n",
    "def test_it(self):\n    self.assertRaises(ValueError)\n",
    "def test_it(self):\n    self.assertRaisesRegex(ValueError, 'a')\n",
    "def test_it(self):\n    self.assertLogs('kettle')\n",
    "def test_it(mock):\n    mock.assert_called_once\n",
]
MEANT = [
    "def test_it():\n    assert 1 == 2\n    _ = 1 == 2\n",
    "import pytest\ndef test_it():\n    with pytest.raises(TypeError):\n        1 < 'a'\n",
    "import pytest\ndef test_it():\n    pytest.raises(ValueError, int, 'a')\n",
    "def test_it():\n    try:\n        1 < 'a'\n    except TypeError:\n        return\n",
    "def test_it():\n    (lambda: 1 == 2)()\n",
    "def good():\n    return False\ndef test_it(good):\n    assert good\n",
    "def good():\n    return False\ndef test_it():\n    assert good()\n",
    "def compare():\n    1 == 2\n",
    "def test_it():\n    1 == 2 or fail()\n",
    "def test_it():\n    all(fail(one) for one in [1])\n",
    "def test_it(all):\n    kettle.all()\n",
    "def test_it():\n    kettle.map(int, [1])\n",
    "def test_it(self):\n    self.assertRaises(ValueError, int, 'a')\n",
    "def test_it(self):\n    self.assertRaisesRegex(ValueError, 'a', int, 'a')\n",
    "def test_it(self):\n    with self.assertLogs('kettle'):\n        boil()\n",
    "def test_it(mock):\n    mock.assert_called_once()\n",
    "def test_it(kettle):\n    kettle.lid\n",
    "class TestIt:\n    def good(self): ...\n    def test_it(self):\n        assert self.good()\n",
    "class TestIt:\n    @property\n    def good(self): ...\n    def test_it(self):\n        assert self.good\n",
    "class TestIt:\n    def good(self): ...\n    def test_it(self):\n        self.good = 1\n        assert self.good\n",
    "class TestIt:\n    good = False\n    def test_it(self):\n        assert self.good\n",
    "this is no Python",
]


def lines(folder: Path, source: str) -> list[int]:
    path = folder / "test_it.py"
    path.write_text(source)
    return idle_statements(path)


@pytest.mark.parametrize("source", IDLE)
def test_a_claim_that_checks_nothing_is_found(source: str, tmp_path: Path) -> None:
    assert lines(tmp_path, source) == [source.count("\n")]


@pytest.mark.parametrize("source", MEANT)
def test_what_is_meant_is_not(source: str, tmp_path: Path) -> None:
    assert lines(tmp_path, source) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def test_a():\n    try:\n        assert 0\n    finally:\n        return\n", [5]),
        ("def f():\n    while 1:\n        try: ...\n        finally:\n            if x: break\n", [5]),
        ("def f():\n    for x in y:\n        try: ...\n        except* E: ...\n        finally: continue\n", [5]),
        ("def f():\n    try: ...\n    finally:\n        for x in y: break\n", []),
        ("while 1:\n    try: ...\n    finally:\n        for x in y: ...\n        else: break\n", [5]),
        ("def f():\n    try: ...\n    finally:\n        def g(): return 1\n", []),
        ("def f():\n    try: return 1\n    finally: ...\n", []),
        ("this is no Python", []),
    ],
)
def test_end_that_swallows_what_failed_before_it_is_found(source: str, found: list[int], tmp_path: Path) -> None:
    path = tmp_path / "test_it.py"
    path.write_text(source)
    assert swallowing_ends(path) == found


def test_a_mistyped_keyword_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    path = tmp_path / "boil.schema.json"
    path.write_text(json.dumps({"type": "object", "propertys": {"degrees": {"minimum": 100}}}))
    with pytest.raises(InvalidSchema, match='"propertys", which nobody reads; did you mean "properties"'):
        read_schema(path)


def test_keywords_are_looked_for_where_schemas_are() -> None:
    schema = {
        "$defs": {"minimun": {"maxLenght": 3}},
        "properties": {"requird": {"items": {"minimun": 1}}},
        "allOf": [{"requird": ["a"]}],
        "not": {"enumm": [1]},
    }
    assert [wrong for wrong, _ in mistyped(schema)] == ["maxLenght", "minimun", "requird", "enumm"]


def test_other_words_are_the_schemas_own() -> None:
    own = {"example": 1, "x-minimun": 1, "$comment": "", "nullable": True, "discriminator": {}, "errorMessage": ""}
    assert list(mistyped({**own, "enum": [{"minimun": 1}], "const": {"requird": 1}, "items": True})) == []
