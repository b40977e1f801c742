"""The gate stands alone: it imports nothing of any project and carries its own schema."""

from __future__ import annotations

import ast
import json
import re
import sys
from pathlib import Path

import release_gate
from release_gate.record.files import as_json
from release_gate.sealing.result import SCHEMA_FILE, schema
from tests.plugin.foreign import Project

PACKAGE = Path(release_gate.__file__).parent
REPOSITORY = PACKAGE.parent
ALLOWED = {
    "pytest",
    "_pytest",
    "rich",
    "jsonschema_rs",
    "msgspec",
    "jinja2",
    "markupsafe",
    "securesystemslib",
    "cryptography",
    "release_gate",
}


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_package_imports_only_the_standard_library_and_what_it_declares() -> None:
    foreign = {
        (path.name, name)
        for path in PACKAGE.rglob("*.py")
        for name in imported(path) - set(sys.stdlib_module_names) - ALLOWED
    }
    assert foreign == set()


def test_pure_modules_know_no_pytest() -> None:
    pure = (
        "model",
        "verdict",
        "records",
        "journal",
        "result",
        "findings",
        "reports",
        "seal",
        "supervisor",
        "verifying",
    )
    assert {name for name in pure if "pytest" in imported(next(PACKAGE.rglob(f"{name}.py")))} == set()


def test_package_names_nothing_of_this_project() -> None:
    words = ("prodplan", "postgres", "ingestion", "sqlalchemy")
    named = {path.name for path in PACKAGE.rglob("*.py") for word in words if word in path.read_text("utf-8").lower()}
    assert named == set()


def test_texts_name_no_trade_of_a_project() -> None:
    trade = re.compile(r"\bfactory\b|fábrica|migration|workbook", re.IGNORECASE)
    files = [path for kind in ("*.py", "*.json", "*.j2") for path in PACKAGE.rglob(kind)]
    named = {path.name for path in files if trade.search(path.read_text("utf-8"))}
    # --workbook, a short form of --input that its first project has, and the Portuguese of its help
    assert named == {"verify.py", "help.py"}


def test_documented_schema_is_the_one_that_results_are_validated_against() -> None:
    documented = REPOSITORY / "docs" / "schemas" / SCHEMA_FILE.name
    assert documented.read_bytes() == SCHEMA_FILE.read_bytes()


def test_statement_is_an_in_toto_test_result_over_the_result(kettle: Project) -> None:
    commit = kettle.commit()
    kettle.bare()
    statement = json.loads((kettle.folder / "RELEASE_GATE_RESULT.intoto.json").read_text("utf-8"))
    assert statement["_type"] == "https://in-toto.io/Statement/v1"
    assert statement["predicateType"] == "https://in-toto.io/attestation/test-result/v0.1"
    assert statement["predicate"]["result"] == "PASSED"
    assert statement["predicate"]["passedTests"] == ["A1", "B1", "B2", "F1", "F2", "F3", "F5"]
    assert {"name": "commit", "digest": {"gitCommit": commit}} in statement["subject"]
    assert as_json(kettle.result) == (kettle.folder / "RELEASE_GATE_RESULT.json").read_bytes()


def test_schema_lets_no_pass_have_reasons_against_it() -> None:
    assert schema()["then"]["properties"]["reasons"] == {"maxItems": 0}
