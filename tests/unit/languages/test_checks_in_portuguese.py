"""The gate's checks in Portuguese: every text of the declaration, and every sentence that a check writes."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from app.languages.sentences import VALUE, of_file
from tests.acceptance.support import classification
from tests.acceptance.support.portuguese.catalogue import CATALOGUES, LONGEST, portuguese_of, said

ROOT = Path(__file__).resolve().parents[3]
RECORDING = {"record": 0, "table": 0, "expect": 1, "not_measured": 0, "note": 0}
"""Methods of evidence, with the place of their text."""
CODE = re.compile(r"(?=.*[./_:(])\S+|SHOW \w+|EXPLAIN \(.*\)|.*python3 -m app.*|SQLSTATE|OVERLOADED|[\W_]*")
"""Names of files, columns and commands, and values alone."""
SAME = {"ms", "s", "slo", "p95", "p99 (ms)", "openpyxl", "openpyxl (s)", "C3 …"}
OF_WORDS = {"rows … by a NO-OP", "…: …, checksum"}
"""Texts whose value is a word; the catalogue has them with each word."""


def template(node: ast.AST) -> str:
    """The text of an expression, with an ellipsis for each value; empty where it is no text."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else VALUE for one in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        parts = template(node.left), template(node.right)
        return "".join(part or VALUE for part in parts) if any(parts) else ""
    return ""


def expressions(tree: ast.AST) -> Iterator[ast.AST]:
    """The arguments of evidence and asserts that are shown; for a name, the values assigned to it."""
    assigned: dict[str, list[ast.AST]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            assigned.setdefault(node.targets[0].id, []).append(node.value)
    for node in ast.walk(tree):
        for one in told_by(node):
            yield from assigned.get(one.id, []) if isinstance(one, ast.Name) else [one]


def told_by(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Assert) and node.msg is not None:
        yield node.msg
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RECORDING:
        yield from node.args[RECORDING[node.func.attr] :][:1]
        yield from (one.value for one in node.keywords if one.arg in ("source", "unit"))
        if node.func.attr == "table" and len(node.args) > 1 and isinstance(node.args[1], ast.List):
            yield from node.args[1].elts


@cache
def of_checks() -> frozenset[str]:
    trees = (ast.parse(path.read_text("utf-8")) for path in sorted((ROOT / "tests" / "acceptance").rglob("*.py")))
    texts = {template(one) for tree in trees for one in expressions(tree)}
    return frozenset(text for text in texts - SAME - OF_WORDS if not CODE.fullmatch(text))


def declared() -> Iterator[str]:
    told = tomllib.loads((ROOT / "release_gate.toml").read_text("utf-8"))
    yield from (one["title"] for one in told["criteria"])
    for check in told["checks"]:
        yield from (check["title"], *check["fix"], check["acceptance"])


def test_every_text_of_the_declaration_has_portuguese() -> None:
    texts = list(declared())
    assert len(texts) > 150
    assert [text for text in texts if text not in portuguese_of(texts)] == []


def test_every_sentence_of_a_check_has_portuguese() -> None:
    assert len(of_checks()) > 180
    assert sorted(text for text in of_checks() if text not in portuguese_of([text])) == []


def test_every_remedy_has_portuguese() -> None:
    by_kind = [step for steps in classification.REMEDY_BY_NAME.values() for step in steps]
    steps = [*by_kind, *classification.SERVER_GONE, *classification.NO_DOCKER]
    gates = tomllib.loads((ROOT / "app" / "features" / "gates.toml").read_text("utf-8"))["gates"]
    steps += [gate["remedy"] for gate in gates if "remedy" in gate]
    assert len(steps) > len(gates)
    assert [step for step in steps if step not in portuguese_of(steps)] == []


@pytest.mark.parametrize("path", sorted(CATALOGUES.glob("*.toml")), ids=lambda path: path.stem)
def test_each_entry_has_all_of_its_values(path: Path) -> None:
    for english, portuguese in of_file(path).items():
        places = sorted(re.findall(r"\{(\d)\}", portuguese))
        assert places == [str(number) for number in range(english.count(VALUE))], english
        assert portuguese.strip() and portuguese != english


def test_declared_catalogue_has_no_text_that_is_gone() -> None:
    assert set(of_file(CATALOGUES / "declared.toml")) - set(declared()) == set()


def test_value_is_kept_whatever_it_holds() -> None:
    for value in ("{0}", "a{}b", "\\1", "x; y. z", "…"):
        assert said(f"rows of run {value} in core") == f"linhas da execução {value} em core"


def test_sentence_of_the_product_stays_the_products() -> None:
    told = said("WorkbookRefused: export.xlsx is encrypted: save it as .xlsx without a password.")
    assert told == "WorkbookRefused: export.xlsx está cifrado: guarde-o como .xlsx sem palavra-passe."


def test_what_nobody_translated_stays_english() -> None:
    texts = ["", "Nobody wrote this sentence.", "app.database.urls.normalise", "x" * (LONGEST + 1)]
    assert portuguese_of(texts) == {}
