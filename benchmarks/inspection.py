"""Benchmark of profiling a workbook beside merely reading and typing it, by processor time and memory.

    python3 benchmarks/inspection.py [WORKBOOK] [--rounds 3] [--json]

Without a workbook, a sample of the real one's size is made first. The sides run in turn, each in a process of its own,
so that a drift of the machine reaches both: `read` opens the workbook and types every row, `profile` does that and
counts, `command` is `python3 -m app inspect` whole: the interpreter's start, both files and the tables too.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
READ = """
from app.contract import SHEETS
from app.workbook.workbook_reading import open_workbook
from app.workbook.typing import typed_chunks
with open_workbook(path) as workbook:
    for sheet in SHEETS:
        for _ in typed_chunks(workbook, sheet):
            pass
"""
PROFILE = """
from app.workbook.profile.profile_document import document_of
from app.workbook.profile.profiling import profile_workbook
document_of(profile_workbook(path))
"""
START = "import sys; from pathlib import Path; path = Path(sys.argv[1])\n"


def sides(workbook: Path, folder: Path) -> dict[str, list[str]]:
    """The command of each side."""
    return {
        "read": ["-c", START + READ, str(workbook)],
        "profile": ["-c", START + PROFILE, str(workbook)],
        "command": ["-m", "app", "inspect", str(workbook), "--out", str(folder)],
    }


def measured(arguments: list[str]) -> dict[str, float]:
    """Processor seconds and peak megabytes of one process. Raises CalledProcessError when it fails."""
    with subprocess.Popen([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, arguments[0])
    return {"cpu_s": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}


def compared(workbook: Path, rounds: int) -> dict[str, Any]:
    """The figures of each side round by round, and the ratios to reading within each round."""
    figures: dict[str, list[dict[str, float]]] = {"read": [], "profile": [], "command": []}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(rounds):
            for side, arguments in sides(workbook, Path(folder)).items():
                figures[side].append(measured(arguments))
    ratios = {
        side: [one["cpu_s"] / read["cpu_s"] for one, read in zip(figures[side], figures["read"], strict=True)]
        for side in ("profile", "command")
    }
    return {"workbook": workbook.name, "bytes": workbook.stat().st_size, "rounds": figures, "cpu_ratios": ratios}


def shown(result: dict[str, Any]) -> str:
    """Medians, a side a line."""
    lines = [f"{result['workbook']}, {result['bytes'] / 1e6:.1f} MB: medians of {len(result['rounds']['read'])} rounds"]
    for side, found in result["rounds"].items():
        cpu, peak = (statistics.median(one[name] for one in found) for name in ("cpu_s", "peak_mb"))
        ratio = statistics.median(result["cpu_ratios"].get(side, [1.0]))
        lines.append(f"{side:8} {cpu:7.2f} s of processor = {ratio:.2f} × reading, {peak:5.0f} MB at its peak")
    return "\n".join(lines)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workbook", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workbook = given.workbook
        if workbook is None:
            workbook = Path(folder) / "sample.xlsx"
            made = [sys.executable, "-m", "app", "sample-workbook", str(workbook), "--scale", "1.0"]
            subprocess.run(made, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
        result = compared(workbook.resolve(), given.rounds)
    sys.stdout.write((json.dumps(result, indent=2) if given.json else shown(result)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
