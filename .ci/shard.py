"""Runs a part of the gate, and ends with 0 if every check of these criteria passed and nothing else was wrong.

    python .ci/shard.py A,B,C,D COMMAND …      the command runs the gate for these criteria

Such a run is INCOMPLETE for want of the other criteria, whatever its checks say; its result file shows which.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

RUNS = Path(__file__).resolve().parents[1] / "docs" / "_runs"
RESULT = "RELEASE_GATE_RESULT.json"
NOT_RUN = "NOT_RUN"
RUN_ID = re.compile(r"^Run ID: (\S+)$")


def faults(result: dict[str, Any], criteria: set[str]) -> list[str]:
    """Reasons why the result is not that of a sound shard of the criteria."""
    verdicts = {one["id"]: one["verdict"] for one in result["criteria"]}
    others = [check for one in result["criteria"] if one["id"] not in criteria for check in one["checks"]]
    left_out = tuple(f"{check['id']} {check['title']} {NOT_RUN}" for check in others if check["outcome"] == NOT_RUN)
    return [
        *(f"Criterion {one} did not pass." for one in sorted(criteria) if verdicts.get(one) != "PASS"),
        *(reason for reason in result["reasons"] if not reason.startswith(left_out)),
    ]


def runs_of(command: Sequence[str]) -> list[str]:
    """The ids of the runs that the command prints; its output is passed on. Another gate may run beside it."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace") as running:
        assert running.stdout is not None
        told = []
        for line in running.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            told += RUN_ID.findall(line)
    return told


def main(criteria: str, *command: str) -> None:
    runs = runs_of(command)  # its exit code says nothing: the file decides
    if len(runs) != 1:
        sys.exit(f"{len(runs)} runs of the gate were made by: {' '.join(command)}")
    result = json.loads((RUNS / runs[0] / RESULT).read_text(encoding="utf-8"))
    sys.exit("\n".join(faults(result, set(criteria.split(",")))) or 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
