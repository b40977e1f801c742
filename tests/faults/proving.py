"""Run the acceptance tests of a fault on a mutated copy, and say whether its check saw it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from tests.faults.baseline import sealed_pass
from tests.faults.catalogue import Fault
from tests.faults.mutated_tree import mutated_tree
from tests.faults.witness import BASELINE, KEEP, OUT, UNMEASURED

ACCEPTANCE = "tests/acceptance"
WITHIN_S = 900
NOT_MEASURED = "not measured"
"""First words about a fault whose check could not measure: neither seen nor missed, to be tried again."""
INTERPRETER = re.compile(r"(?:/[^\s/\"':]+)+/(?=lib/python3)")
TIMED_OUT, NOTHING_RAN = "timed out", "nothing ran"
"""First words about a fault whose tests took longer than WITHIN_S, and about one whose tests did not run."""
PASSED_OVER, WAS_SKIPPED = "every check passed", "was skipped"
"""Last words about a fault that no check failed for."""


class Proof(msgspec.Struct, frozen=True):
    """The result of one fault. seen: its check failed first, in its category, with its cause."""

    fault: str
    seen: bool
    told: str
    category: str
    root_cause: str
    seconds: float


def prove(faults: Sequence[Fault], workbook: Path | None) -> list[Proof]:
    """Apply the faults to one copy of the tree, run their tests, and judge each.

    Where one of them has a baseline, the tests are run without any fault first, to make it.

    Alone, a fault's check must be the first of all to fail. Several together are judged by their own checks, so only
    faults that do not reach into each other's checks may share a copy.
    """
    begun = time.monotonic()
    with ExitStack() as kept:
        earlier = {}
        if any(fault.baseline for fault in faults):
            folder = Path(kept.enter_context(TemporaryDirectory(prefix="proof_baseline_")))
            run_tests([], workbook, [test for fault in faults for test in fault.tests], {KEEP: str(folder)})
            earlier = {BASELINE: str(sealed_pass(folder))}
        try:
            entries, output = run_tests(faults, workbook, more=earlier)
        except subprocess.TimeoutExpired:
            told = f"{TIMED_OUT} after {WITHIN_S} s"
            return [Proof(fault.id, False, told, "", "", float(WITHIN_S)) for fault in faults]
    seconds = round((time.monotonic() - begun) / len(faults), 1)
    proofs = []
    for fault in faults:
        own = [entry for entry in entries if len(faults) == 1 or entry["check"] == fault.check]
        told, first = judged(fault, own, output)
        category, cause = first.get("category") or "", without_interpreter(first.get("root_cause") or "")
        proofs.append(Proof(fault.id, not told, told or "seen", category, cause, seconds))
    return proofs


def without_interpreter(cause: str) -> str:
    """The root cause without the folder of the interpreter, which is of this machine: the record is tracked."""
    return INTERPRETER.sub("", cause)


def run_tests(
    faults: Sequence[Fault],
    workbook: Path | None,
    tests: Sequence[str] = (),
    more: Mapping[str, str] | None = None,
    options: Sequence[str] = (),
) -> tuple[list[dict[str, Any]], str]:
    """Run the faults' tests, or these, with the faults planted: the witness's records, and how the output ends.

    more: variables for the witness. options: further options of pytest. Raises subprocess.TimeoutExpired.
    """
    witnessed = ("-q", "-p", "tests.faults.witness", "-p", "no:cacheprovider")
    with mutated_tree(faults) as tree:
        out = tree.parent / "witness.jsonl"
        out.touch()
        wanted = tests or [test for fault in faults for test in fault.tests]
        names = [f"{ACCEPTANCE}/{test}" for test in dict.fromkeys(wanted)]
        ended = subprocess.run(
            [sys.executable, "-m", "pytest", *witnessed, *options, *names],
            cwd=tree,
            env=environment(out, workbook) | dict(more or {}),
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
        entries = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    return entries, (ended.stdout + ended.stderr)[-2_000:]


def environment(out: Path, workbook: Path | None) -> dict[str, str]:
    """This process's environment; the copy's own modules, no stale bytecode, one small workbook for all."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "RELEASE_GATE"))}
    given = {"PRODPLAN_WORKBOOK": str(workbook)} if workbook is not None else {}
    return own | given | {OUT: str(out), "PYTHONDONTWRITEBYTECODE": "1"}


def judged(fault: Fault, entries: list[dict[str, Any]], output: str) -> tuple[str, dict[str, Any]]:
    """Return the reason for which the fault counts as unseen (empty: it was seen), and the first failure."""
    if not entries:
        return f"{NOTHING_RAN}: {' '.join(output.split())[-300:]}", {}
    first = next((entry for entry in entries if entry["outcome"] == "failed"), None)
    if first is None:
        unmeasured = [entry["reason"] for entry in entries if entry["outcome"] == UNMEASURED]
        if unmeasured:
            return f"{NOT_MEASURED}: {unmeasured[0]}", {}
        skipped = [entry["check"] for entry in entries if entry["outcome"] == "skipped"]
        return (f"{', '.join(skipped)} {WAS_SKIPPED}" if skipped else PASSED_OVER), {}
    if first["check"] != fault.check:
        return f"{first['check']} failed first", first
    if first["category"] != fault.category:
        return f"its category is {first['category']}, not {fault.category}", first
    if fault.says not in first["root_cause"]:
        return f"its root cause does not say {fault.says!r}", first
    if not first["asserts"] and not fault.crash:
        return f"it crashed with {first['type']}, which is no detection", first
    return "", first
