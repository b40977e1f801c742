"""The gate as a required check: the workflow and .ci/run start it and judge its file, not its exit code alone."""

from __future__ import annotations

import os
import re
from typing import Any

import yaml

from tests.unit.packaging.checkout import ROOT

WORKFLOW: dict[Any, Any] = yaml.safe_load((ROOT / ".github/workflows/release-gate.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = WORKFLOW["jobs"]["release-gate"]["steps"]
CI_RUN, CI_ENGINE = ROOT / ".ci" / "run", ROOT / ".ci" / "engine"


def position(text: str) -> int:
    return next(number for number, step in enumerate(STEPS) if text in step.get("run", ""))


def test_workflow_runs_where_a_required_check_must() -> None:
    triggers = WORKFLOW[True]  # YAML 1.1 reads the key `on` as true
    assert {"pull_request", "merge_group", "push"} <= set(triggers)


def test_workflow_verifies_the_result_after_the_gate_even_when_the_gate_failed() -> None:
    verifying = STEPS[position("release_gate verify")]
    assert position("release_gate verify") > position("make prod-ready")
    assert verifying["if"] == "${{ !cancelled() }}"


def test_workflow_keeps_the_evidence() -> None:
    upload = next(step for step in STEPS if "upload-artifact" in step.get("uses", ""))
    assert "docs/_runs/" in upload["with"]["path"]


def test_workflow_pins_actions_and_may_only_read() -> None:
    uses = [step["uses"] for step in STEPS if "uses" in step]
    assert all(re.fullmatch(r"[\w/-]+@v\d+\.\d+\.\d+", one) for one in uses), uses
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert not any(step.get("continue-on-error") for step in STEPS)


def test_ci_script_runs_everything_in_order_and_looks_at_what_is_left() -> None:
    text = CI_RUN.read_text(encoding="utf-8")
    steps = re.findall(r"^step (\w+) (.+)$", text, re.MULTILINE)
    assert [name for name, _ in steps] == [
        "setup",
        "lint",
        "types",
        "imports",
        "engine",
        "test",
        "gate",
        "verify",
        "containers",
        "versions",
        "tidy",
        "clean",
    ]
    assert dict(steps)["gate"] == "engine_hidden make prod-ready"
    assert dict(steps)["containers"].endswith('--postgres testcontainers"')
    assert "REQUIRE_DOCKER=1" in CI_ENGINE.read_text(encoding="utf-8")
    assert dict(steps)["verify"].startswith("make verify")
    assert text.splitlines()[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in text
    assert os.access(CI_RUN, os.X_OK)
