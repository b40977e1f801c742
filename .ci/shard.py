"""Runs a part of the gate, and ends with 0 if every check of these criteria passed and nothing else was wrong.

    python .ci/shard.py A,B,C,D COMMAND …      the command runs the gate for these criteria

Such a run is INCOMPLETE for want of the other criteria, whatever its checks say; its result file tells them apart.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

RUNS = Path(__file__).resolve().parents[1] / "docs" / "_runs"
RESULT = "RELEASE_GATE_RESULT.json"
NOT_RUN = "NOT_RUN"


def faults(result: dict[str, Any], criteria: set[str]) -> list[str]:
    """Reasons why the result is not that of a sound shard of the criteria."""
    verdicts = {one["id"]: one["verdict"] for one in result["criteria"]}
    others = [check for one in result["criteria"] if one["id"] not in criteria for check in one["checks"]]
    left_out = tuple(f"{check['id']} {check['title']} {NOT_RUN}" for check in others if check["outcome"] == NOT_RUN)
    return [
        *(f"Criterion {one} did not pass." for one in sorted(criteria) if verdicts.get(one) != "PASS"),
        *(reason for reason in result["reasons"] if not reason.startswith(left_out)),
    ]


def main(criteria: str, *command: str) -> None:
    earlier = set(RUNS.glob(f"*/{RESULT}"))
    subprocess.run(command, check=False)  # the file decides
    made = sorted(set(RUNS.glob(f"*/{RESULT}")) - earlier)
    if len(made) != 1:
        sys.exit(f"{len(made)} runs of the gate were made by: {' '.join(command)}")
    found = faults(json.loads(made[0].read_text(encoding="utf-8")), set(criteria.split(",")))
    sys.exit("\n".join(found) or 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
