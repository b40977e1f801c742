"""One exploration of a served API by schemathesis, in a process of its own: what was asked, and what it found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
IS_LONG = "CONTRACT_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "5"))
SEED = int(os.environ.get("CONTRACT_SEED", "7"))
"""EXAMPLES: most examples of each operation in each phase. SEED: of the generator. A long run sets both."""
EXPLORATION_STAGES = ("examples", "coverage", "fuzzing", "stateful")
DEADLINE_S = 60 * 60


@dataclass(frozen=True)
class Exploration:
    """failures: (code of schemathesis, operation). output: what it said, with a command that reproduces each."""

    exit_code: int
    report: dict[str, Any]
    output: str

    @property
    def failures(self) -> set[tuple[str, str]]:
        return {(kind["type"], operation) for kind in self.report["failures"] for operation in kind["operations"]}


def explored(
    base_url: str,
    key: str,
    folder: Path,
    *options: str,
    examples: int = EXAMPLES,
    phases: Sequence[str] = EXPLORATION_STAGES,
) -> Exploration:
    """Explore the API at base_url with an API key; options: more of schemathesis' own."""
    report = folder / "contract.json"
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "--no-color"),
        *("run", f"{base_url}/api/openapi.json", "--max-examples", str(examples), "--seed", str(SEED)),
        *("--phases", ",".join(phases), "--report-json-path", str(report), *options),
    ]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "generating", "PYTHONPATH": str(HERE), "CONTRACT_KEY": key}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert report.exists(), f"schemathesis ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return Exploration(done.returncode, json.loads(report.read_text(encoding="utf-8")), done.stdout)
