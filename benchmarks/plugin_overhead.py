"""Benchmark of the gate's cost for a test: the same trivial tests with the plugin and without it, as a ratio.

    python3 benchmarks/plugin_overhead.py [--tests 2000] [--checks 200] [--rounds 5] [--at-most 120] [--json]
                                          [--before FOLDER] [--calls]

The sides run in turn, each in a process of its own, so that a drift of the machine reaches all; no gate finds an
earlier run, whose reading would count as this one's. After --at-most seconds no further round begins. `gate` is the
bare gate (`pytest -m MARKER`): every event handed to the system, the run sealed and judged. `reports` is pytest with
the plugin blocked, writing the same junit.xml and pytest.html; `plain` writes nothing. With --before, `before` is the
gate of another checkout, such as `git worktree add FOLDER COMMIT` makes. Figures are of the whole process, by the clock
and by the processor, and of the session as pytest itself states it.

With --calls no time is measured: the calls of functions of Python and of C are counted, which are the same on a busy
machine. Each side runs --tests and twice as many, whose difference is what a test costs; the rest is fixed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

MARKER = "ready"
SEALS = ("complete", "artefacts", "schemas", "triaged")
WITHOUT = ("-p", "no:release_gate")
SIDES = {
    "plain": WITHOUT,
    "reports": (*WITHOUT, "--junitxml=junit.xml", "--html=pytest.html", "--self-contained-html"),
    "gate": (),
}
BEFORE = "before"
FIGURES = ("process_s", "process_cpu_s", "session_s")
COUNTER = """
import atexit, collections, os, sys

calls = collections.Counter()
sys.setprofile(lambda frame, event, argument: calls.update((event,)))


def tell():
    sys.setprofile(None)
    with open(os.environ["CALLS"], "w") as file:
        file.write(f"{calls['call']} {calls['c_call']}")


atexit.register(tell)
"""
"""A sitecustomize.py that counts calls from Python's start to its end."""
SESSION = re.compile(r"\d+ passed.* in ([\d.]+)s")


def make_project(folder: Path, tests: int, checks: int) -> None:
    """A project of `tests` passing tests spread over `checks` required checks, and the four that seal a run."""
    cases = tests // checks
    rooms = [("A", "Trivial"), ("F", "Release gate")]
    declared = [f'[[tool.release_gate.criteria]]\nid = "{room}"\ntitle = "{title}"\n' for room, title in rooms]
    declared += [_check(f"A{number}", "") for number in range(1, checks + 1)]
    declared += [_check(f"F{place}", f'seals = "{seal}"\n') for place, seal in enumerate(SEALS, 1)]
    head = f'[tool.release_gate]\ntitle = "Overhead"\nmarker = "{MARKER}"\ncategories = ["NONE"]\n\n'
    (folder / "pyproject.toml").write_text(head + "\n".join(declared))
    (folder / "pytest.ini").write_text(
        f"[pytest]\ntestpaths = tests\nmarkers =\n    {MARKER}: the gate\n    check: id\n"
    )
    (folder / "tests").mkdir()
    lines = ["import pytest", "", f"pytestmark = pytest.mark.{MARKER}"]
    for number in range(1, checks + 1):
        lines += ["", f'@pytest.mark.check("A{number}")', f'@pytest.mark.parametrize("case", range({cases}))']
        lines += [f"def test_a{number}(case):", "    assert case >= 0"]
    for place in range(1, len(SEALS) + 1):
        lines += ["", f'@pytest.mark.check("F{place}")', f"def test_f{place}():", "    assert True"]
    (folder / "tests" / "test_trivial.py").write_text("\n".join(lines) + "\n")


def _check(identity: str, extra: str) -> str:
    return (
        f'[[tool.release_gate.checks]]\nid = "{identity}"\ntitle = "Check {identity}"\ncategory = "NONE"\n'
        f'fix = ["Mend it."]\nacceptance = "It passes."\n{extra}'
    )


def run(
    folder: Path, extra: tuple[str, ...], gate_from: Path | None = None, counter: Path | None = None
) -> tuple[float, float, float]:
    """Seconds of the whole process by the clock and by the processor, and of the session by pytest's own account.

    gate_from: a checkout with another gate. counter: a folder with COUNTER, which writes `calls` there. Raises
    RuntimeError when a test failed.
    """
    command = [sys.executable, "-m", "pytest", "-q", "-m", MARKER, "-p", "no:cacheprovider", *extra]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    places = [str(place.resolve()) for place in (counter, gate_from) if place is not None]
    environment |= {"PYTHONPATH": os.pathsep.join(places)} if places else {}
    environment |= {"CALLS": str(counter / "calls")} if counter is not None else {}
    spent, began = _cpu_s(), time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    took, worked = time.perf_counter() - began, _cpu_s() - spent
    found = SESSION.search(done.stdout)
    if done.returncode or found is None:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr}")
    shutil.rmtree(folder / "docs", ignore_errors=True)
    return took, worked, float(found[1])


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def measure(tests: int, checks: int, rounds: int, at_most_s: float, before: Path | None = None) -> dict[str, Any]:
    """Medians over the rounds, in seconds, and their ratios; a first round warms the caches and is left out."""
    end = time.monotonic() + at_most_s
    sides = SIDES if before is None else SIDES | {BEFORE: ()}
    found: dict[str, list[tuple[float, float, float]]] = {side: [] for side in sides}
    with tempfile.TemporaryDirectory(prefix="overhead-") as name:
        make_project(Path(name), tests, checks)
        for number in range(rounds + 1):
            if number > 1 and time.monotonic() > end:
                break
            for side, extra in sides.items():
                figures = run(Path(name), extra, before if side == BEFORE else None)
                if number:
                    found[side].append(figures)
    medians = {
        side: dict(zip(FIGURES, map(statistics.median, zip(*all_of, strict=True)), strict=True))
        for side, all_of in found.items()
    }
    ratios = {
        f"{gate} / {side}": {figure: round(medians[gate][figure] / medians[side][figure], 3) for figure in FIGURES}
        for gate in ("gate", BEFORE)
        for side in ("reports", "plain")
        if gate in medians
    }
    return {"tests": tests, "checks": checks, "rounds": len(found["gate"]), "medians": medians, "ratios": ratios}


def count(tests: int, checks: int, before: Path | None = None) -> dict[str, dict[str, tuple[int, int]]]:
    """Calls of functions of Python and of C by side: those of a test, and the fixed ones."""
    found: dict[str, list[tuple[int, int]]] = {}
    for number in (tests, 2 * tests):
        with tempfile.TemporaryDirectory(prefix="overhead-") as name:
            folder, counter = Path(name) / "project", Path(name) / "counter"
            folder.mkdir()
            counter.mkdir()
            make_project(folder, number, checks)
            (counter / "sitecustomize.py").write_text(COUNTER)
            for side, extra in (SIDES if before is None else SIDES | {BEFORE: ()}).items():
                run(folder, extra, before if side == BEFORE else None)  # compiles what the next one loads
                run(folder, extra, before if side == BEFORE else None, counter)
                of_python, of_c = (counter / "calls").read_text().split()
                found.setdefault(side, []).append((int(of_python), int(of_c)))
    return {side: _split(less, more, tests) for side, (less, more) in found.items()}


def _split(less: tuple[int, int], more: tuple[int, int], tests: int) -> dict[str, tuple[int, int]]:
    of_a_test = [round((one - other) / tests) for one, other in zip(more, less, strict=True)]
    fixed = [one - each * tests for one, each in zip(less, of_a_test, strict=True)]
    return {"test": (of_a_test[0], of_a_test[1]), "fixed": (fixed[0], fixed[1])}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=int, default=2000)
    parser.add_argument("--checks", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--at-most", type=float, default=120, metavar="SECONDS")
    parser.add_argument("--before", type=Path, metavar="FOLDER", help="a checkout whose gate is measured as well")
    parser.add_argument("--calls", action="store_true", help="count calls of functions instead of seconds")
    parser.add_argument("--json", action="store_true", help="print one object")
    options = parser.parse_args()
    if options.calls:
        counted = count(options.tests, options.checks, options.before)
        lines = [json.dumps(counted)] if options.json else [f"{side}: {told}" for side, told in counted.items()]
        sys.stdout.write("\n".join(lines) + "\n")
        return
    found = measure(options.tests, options.checks, options.rounds, options.at_most, options.before)
    if options.json:
        sys.stdout.write(json.dumps(found) + "\n")
        return
    sys.stdout.write(f"{options.tests} tests in {options.checks} checks, medians of {found['rounds']}\n")
    for sides, ratios in found["ratios"].items():
        sys.stdout.write(f"{sides}: " + ", ".join(f"{name} {ratio}" for name, ratio in ratios.items()) + "\n")


if __name__ == "__main__":
    main()
