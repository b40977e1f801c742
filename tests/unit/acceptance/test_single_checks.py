"""`make check ID=…` finds the test of each declared check, and refuses what is none."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.acceptance.__main__ import checks, main

ROOT = Path(__file__).parents[3]


def test_each_declared_check_has_one_test() -> None:
    found = [check for check, _ in checks()]
    declared = tomllib.loads((ROOT / "release_gate.toml").read_text(encoding="utf-8"))["checks"]
    assert sorted(found) == sorted(one["id"] for one in declared)


@pytest.mark.parametrize(("given", "said"), [([], "No check is named"), (["c99", "-q"], "There is no check C99")])
def test_refuses_what_is_no_check(given: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(given) == 2
    assert said in capsys.readouterr().err


def test_runs_the_tests_of_the_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[list[str]] = []

    def run(arguments: list[str]) -> int:
        given.append(arguments)
        return 1

    monkeypatch.setattr(pytest, "main", run)
    assert main(["c5", "-x"]) == 1
    ((test, option),) = given
    assert test.endswith("tests/acceptance/test_c_ingestion.py::" + dict(checks())["C5"].split("::")[1])
    assert option == "-x"
