"""The gate in any CI: .ci/run starts it and judges its file. The workflow: tests/plugin/test_ci_guide.py."""

from __future__ import annotations

import os
import re

from tests.unit.packaging.checkout import ROOT

CI_RUN, CI_ENGINE = ROOT / ".ci" / "run", ROOT / ".ci" / "engine"


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
