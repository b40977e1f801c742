"""The gate in any CI: .ci/run starts it and judges its file. The workflow: tests/plugin/test_ci_guide.py."""

from __future__ import annotations

import importlib.util
import json
import os
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.unit.packaging.checkout import ROOT

CI_RUN, CI_ENGINE, CI_SHARD = (ROOT / ".ci" / name for name in ("run", "engine", "shard.py"))


def test_ci_script_runs_everything_in_order_and_looks_at_what_is_left() -> None:
    text = CI_RUN.read_text(encoding="utf-8")
    steps = re.findall(r"^step (\w+) (.+)$", text, re.MULTILINE)
    assert [name for name, _ in steps] == [
        "setup",
        "engine",
        "wheels",
        "static",
        "test",
        "gate",
        "verify",
        "containers",
        "versions",
        "tidy",
        "clean",
    ]
    assert dict(steps)["gate"] == "engine_hidden make prod-ready"
    beside = re.findall(r"^  step \w+ make (\w+)$", text, re.MULTILINE)
    assert beside == ["lint", "types", "imports"]
    assert re.findall(r"^beside (.+)$", text, re.MULTILINE) == ["static", "engine_hidden versions"]
    assert 'make prod-ready ARGS="--postgres testcontainers --gate-criteria $CRITERIA"' in text
    assert '.venv/bin/tox -e pg17 -- --gate-criteria "$CRITERIA"' in text
    assert "CRITERIA=A,B,C,D" in text
    assert "REQUIRE_DOCKER=1" in CI_ENGINE.read_text(encoding="utf-8")
    assert dict(steps)["verify"].startswith("make verify")
    assert text.splitlines()[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in text
    assert os.access(CI_RUN, os.X_OK)


@pytest.fixture
def shard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """.ci/shard.py with an empty folder of runs."""
    specification = importlib.util.spec_from_file_location("shard", CI_SHARD)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    monkeypatch.setattr(module, "RUNS", tmp_path)
    return module


def result(*, e_outcome: str = "NOT_RUN", a_verdict: str = "PASS", reasons: tuple[str, ...] = ()) -> dict[str, Any]:
    """A shard of A of a gate that also has E."""
    return {
        "verdict": "INCOMPLETE",
        "reasons": ["E1 quick NOT_RUN (blocked by --criteria A)", *reasons],
        "criteria": [
            {"id": "A", "verdict": a_verdict, "checks": [{"id": "A1", "title": "found", "outcome": "PASSED"}]},
            {"id": "E", "verdict": "INCOMPLETE", "checks": [{"id": "E1", "title": "quick", "outcome": e_outcome}]},
        ],
    }


@pytest.mark.parametrize(
    ("made", "criteria", "said"),
    [
        (result(), {"A"}, []),
        (result(), {"A", "X"}, ["Criterion X did not pass."]),
        (result(), {"A", "E"}, ["Criterion E did not pass.", "E1 quick NOT_RUN (blocked by --criteria A)"]),
        (
            result(a_verdict="FAIL", reasons=("A1 found FAILED",)),
            {"A"},
            ["Criterion A did not pass.", "A1 found FAILED"],
        ),
        (result(reasons=("A hook was replaced.",)), {"A"}, ["A hook was replaced."]),
        (result(reasons=("A1 found NOT_RUN",)), {"A"}, ["A1 found NOT_RUN"]),
        (result(e_outcome="FAILED"), {"A"}, ["E1 quick NOT_RUN (blocked by --criteria A)"]),
    ],
    ids=["sound", "unknown", "not run", "failed", "run at fault", "own check not run", "told otherwise"],
)
def test_shard_is_judged_by_its_own_criteria_and_its_run(
    shard: ModuleType, made: dict[str, Any], criteria: set[str], said: list[str]
) -> None:
    assert shard.faults(made, criteria) == said


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ([], "0 runs of the gate were made by: printf"),
        (["Run ID: sound"], "0"),
        (["Run ID: failed"], "Criterion A did not pass."),
        (["Run ID: sound", "Run ID: failed"], "2 runs of the gate were made by: printf"),
    ],
    ids=["no run", "sound", "failed", "two runs"],
)
def test_shard_judges_the_one_run_that_its_command_tells_of(
    shard: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str], told: list[str], said: str
) -> None:
    for name, made in (("sound", result()), ("failed", result(a_verdict="FAIL")), ("of another gate", result())):
        (tmp_path / name).mkdir()
        (tmp_path / name / "RELEASE_GATE_RESULT.json").write_text(json.dumps(made), encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        shard.main("A", "printf", "%s\n", "PRODPLAN: release gate, run sound", *told)
    assert str(ended.value.code).startswith(said)
    assert capfd.readouterr().out.splitlines() == ["PRODPLAN: release gate, run sound", *told]
