"""Run the tests of single checks, for debugging and without a verdict: `make check ID=C5`, or `ID="C4 C5"`.

Fixtures make what a check needs. Arguments that begin with a dash go to pytest.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent


def main(arguments: list[str]) -> int:
    """Exit code: pytest's own; 2 without a check or for one that does not exist."""
    wanted = [one.upper() for one in arguments if not one.startswith("-")]
    tests = dict(checks())
    unknown = [one for one in wanted if one not in tests]
    if unknown or not wanted:
        told = f"There is no check {', '.join(unknown)}" if unknown else "No check is named"
        sys.stderr.write(f"{told}: use make check ID=C5; the checks are {', '.join(sorted(tests, key=in_order))}.\n")
        return 2
    return pytest.main([*(tests[one] for one in wanted), *(one for one in arguments if one.startswith("-"))])


def checks() -> Iterator[tuple[str, str]]:
    """Each check's id and the node id of its test, from the marks in the modules of this folder."""
    for path in sorted(FOLDER.glob("test_*.py")):
        for function in ast.parse(path.read_bytes()).body:
            if isinstance(function, ast.FunctionDef):
                for mark in function.decorator_list:
                    if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.check":
                        yield ast.literal_eval(mark.args[0]), f"{path}::{function.name}"


def in_order(check: str) -> tuple[str, int]:
    """The criterion's letter and the number: E2 before E10."""
    return check[0], int(check[1:])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
