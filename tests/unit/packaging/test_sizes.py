"""Folders, modules and functions stay small enough to be read at once."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.unit.packaging.checkout import ROOT

FOLDERS = ("app", "benchmarks", "docs", "migrations", "release_gate", "scripts", "tests")
MOST_FILES, MOST_LINES, MOST_LINES_OF_A_FUNCTION = 20, 320, 40
GENERATED = {line.removeprefix("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()}
LEFT_OUT = ("tests/plugin", "migrations/versions", "docs/_runs", "docs/perf", "docs/ingestion", "docs/profile")
"""The gate's tests and their example projects, the sequence of migrations, and the folders that runs write."""
LONG = {
    "app/api/routers/route_declaration.py declared": "one line for each argument of a route, and one that explains it",
    "app/commands/ingesting.py ingest_command": "one line for each option, and one that passes it on",
    "app/performance/slo/slo_judgement.py judge": "precedence of four outcomes; its mutants are explained",
    "app/planning/simulation/promise.py promise": "one line for each field of the answer",
    "app/workbook/sample/sample_work.py phase_rows": "one sequence of random draws, the sample's content",
    "app/workbook/scanning/texts.py shared_texts": "handlers of one walk, which share the place that it has reached",
    "app/workbook/workbook_reading.py contract_sheet": "three closures over the places of the columns",
    "release_gate/in_pytest/source_code/bodies.py _noting": "a wrapper of functions and one of coroutines",
    "release_gate/rules/verdict.py judge": "the precedence of verdicts; its mutants are explained",
    "release_gate/sealing/checkout/tree.py _compared": "one reason after the other for a tree that is not the commit's",
}
"""Functions over the limit, and why each is one."""


def modules() -> Iterator[tuple[str, str]]:
    """Path and text of each module, without the example projects."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith("tests/plugin/examples/"):
                yield name, path.read_text(encoding="utf-8")


def is_counted(path: Path) -> bool:
    name = path.relative_to(ROOT).as_posix()
    return path.is_file() and path.suffix != ".pyc" and name not in GENERATED and not name.startswith(LEFT_OUT)


def test_no_folder_has_more_files_than_can_be_surveyed() -> None:
    counts = Counter(
        path.parent.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if is_counted(path)
    )
    assert len(counts) > 80
    assert {folder: count for folder, count in counts.items() if count > MOST_FILES} == {}


def test_no_module_is_longer_than_can_be_read_at_once() -> None:
    lines = {name: text.count("\n") for name, text in modules()}
    assert len(lines) > 900
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_long_functions_are_those_with_a_reason() -> None:
    found = [
        f"{name} {node.name}"
        for name, text in modules()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= MOST_LINES_OF_A_FUNCTION
    ]
    assert sorted(found) == sorted(LONG)
