"""The team's steps run with an empty PATH, each with a sign by which it is seen to have done its work (check A5)."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.acceptance.support.backend import ROOT, Backend, run

SCRIPTS = ROOT / "scripts"
NOT_STEPS = {
    "commands.py": "what the others start",
    "setup_environment.py": "makes the environment that the gate runs in",
    "release_gate.py": "the gate itself",
    "python.sh": "read by the others",
}
REQUESTS = 6
START_WITHIN_S = 300.0
"""A busy machine may need it; a process that has ended is not waited for."""
RECORDER = "#!{python}\nimport sys\nprint(*sys.argv[1:])\n"


@dataclass(frozen=True)
class StepRun:
    """A step's exit code, the one of a sound backend, and what is wrong; empty: nothing."""

    name: str
    exit_code: int
    expected: int
    wrong: str


@dataclass(frozen=True)
class Step:
    """A command of `python3 -m app`. lacks: after it, what of its work is not to be seen."""

    arguments: tuple[str | Path, ...]
    expected: int = 0
    lacks: Callable[[str], str] = lambda output: ""


FROM_ZERO = Step(("migrate-from-zero",))
"""Needs no other step, and none needs it."""


def steps_to_a_run(folder: Path) -> tuple[Step, ...]:
    """The steps that lead to a live run, in the order in which a team takes them, all results below the folder."""
    sample = folder / "sample.xlsx"
    return (
        Step(("sample-workbook", sample, "--scale", "0.002"), lacks=lambda output: lacking(sample)),
        Step(("bootstrap",)),
        Step(("ingest", sample, "--reports", folder), lacks=lambda output: lacking(folder / "ingestion_report.json")),
    )


def steps_on_a_run(folder: Path) -> tuple[Step, ...]:
    """The steps that need a live run and nothing else."""
    gates, slos = folder / "FEATURE_GATES.json", folder / "SLO_RESULTS.json"
    return (
        # Six requests prove no SLO, so exit 1 is right: the file must say that they were sent and answered.
        Step(("slo-results", "--requests", str(REQUESTS), "--out", slos), 1, lambda output: unmeasured(slos)),
        Step(("runs", "--json"), lacks=unlisted),
        Step(("feature-gates", "--out", gates), lacks=lambda output: lacking(gates)),
        Step(("triage", "--json"), lacks=untriaged),
    )


def run_every_step(backend: Backend, folder: Path) -> list[StepRun]:
    """Run each step as soon as those that it needs are done, as many at once as there are processors.

    Most of the time goes into starting interpreters and importing, which occupies one processor each.
    """
    gates = str(folder / "FEATURE_GATES.json")

    def step_run(step: Step) -> StepRun:
        return run_step(backend, step, FEATURE_GATES_FILE=gates)

    with ThreadPoolExecutor(max(2, os.cpu_count() or 1)) as pool:
        to_a_run = pool.submit(lambda: [step_run(step) for step in steps_to_a_run(folder)])
        beside = [
            pool.submit(step_run, FROM_ZERO),
            *(pool.submit(run, backend) for run in (run_server, run_worker)),
            *map(pool.submit, script_runs(backend, folder)),
        ]
        ran = to_a_run.result()
        on_a_run = [pool.submit(step_run, step) for step in steps_on_a_run(folder)]
        return ran + [one.result() for one in (*on_a_run, *beside)]


def lacking(path: Path) -> str:
    """The fault of a file that is missing or empty; an empty text without one."""
    return "" if path.is_file() and path.stat().st_size else f"{path.name} was not written"


def unlisted(output: str) -> str:
    """The fault of a list of runs that does not show exactly one live run; an empty text without one."""
    try:
        live = [run for run in json.loads(output)["runs"] if run["is_live"]]
    except (ValueError, KeyError, TypeError):
        return f"its output is no JSON with runs: {output[:100]!r}"
    return "" if len(live) == 1 else f"{len(live)} live runs are listed"


def unmeasured(path: Path) -> str:
    """Return the reason for which SLO_RESULTS.json holds no answers; criterion E judges how quick they were."""
    if lacking(path):
        return lacking(path)
    document = json.loads(path.read_text(encoding="utf-8"))
    if not document["measured"]:
        return f"nothing was measured: {document['reason']}"
    asked = {entry["name"]: entry["samples"] + entry["errors"] for entry in document["slos"]}
    unasked = [name for name, count in asked.items() if count < REQUESTS]
    return f"no answers of {', '.join(unasked)}" if unasked else ""


def untriaged(output: str) -> str:
    """The fault of an output of triage without a list of findings; an empty text without one."""
    try:
        return "" if isinstance(json.loads(output)["findings"], list) else "no list of findings"
    except (ValueError, KeyError, TypeError):
        return f"its output is no JSON with findings: {output[:100]!r}"


def run_step(backend: Backend, step: Step, **environment: str) -> StepRun:
    """Run one command with an empty PATH, and again with a whole one where it fails.

    A step that fails alike with a whole PATH fails for another reason, which its own check names.
    """
    name, ended = str(step.arguments[0]), backend.app(*step.arguments, **environment)
    wrong = f"crashes: {ended.stderr.strip().splitlines()[-1]}" if "Traceback" in ended.stderr else ""
    if not wrong and ended.returncode == step.expected:
        wrong = step.lacks(ended.stdout)
    elif not wrong:
        whole = backend.app(*step.arguments, **environment, PATH=os.defpath)
        if whole.returncode != ended.returncode or not ended.stderr:
            wrong = f"ends with {ended.returncode}, with a PATH {whole.returncode}: {ended.stderr[-200:]}"
    return StepRun(name, ended.returncode, step.expected, wrong)


def script_runs(backend: Backend, folder: Path) -> list[partial[StepRun]]:
    """A run of each script of the team, which only finds an interpreter and hands over: `--help` of the Python ones,
    and what the shell ones start."""
    recorder = folder / "python"
    recorder.write_text(RECORDER.format(python=sys.executable), encoding="utf-8")
    recorder.chmod(0o755)
    environment = backend.environment()
    python = [path for path in sorted(SCRIPTS.glob("*.py")) if path.name not in NOT_STEPS and path.name != "ruff.toml"]
    python.append(ROOT / "app" / "ingestion" / "main_turbo.py")
    shell = [path for path in sorted(SCRIPTS.glob("*.sh")) if path.name not in NOT_STEPS]

    def helped(script: Path) -> StepRun:
        ended = run([sys.executable, script, "--help"], environment)
        helps = ended.returncode == 0 and "usage" in (ended.stdout + ended.stderr).casefold()
        return StepRun(script.name, ended.returncode, 0, "" if helps else f"gives no help: {ended.stderr[-300:]}")

    def started(script: Path) -> StepRun:
        ended = run([script], environment | {"PYTHON": str(recorder)})
        starts = ended.returncode == 0 and "commands.py" in ended.stdout
        return StepRun(script.name, ended.returncode, 0, "" if starts else f"starts nothing: {ended.stderr[-300:]}")

    return [partial(helped, script) for script in python] + [partial(started, script) for script in shell]


def run_server(backend: Backend) -> StepRun:
    """`serve` until it answers, then told to stop."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api/health"

    def answers() -> bool:
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5):
                return True
        except (OSError, urllib.error.URLError):
            return False

    return run_until(backend, ("serve", "--port", str(port)), answers)


def run_worker(backend: Backend) -> StepRun:
    """`worker` until the queue has its record, then stopped by a signal."""
    known = "SELECT count(*) FROM queue.procrastinate_workers"
    return run_until(backend, ("worker",), lambda: backend.value(known) > 0)


def run_until(backend: Backend, arguments: tuple[str, ...], is_at_work: Callable[[], bool]) -> StepRun:
    """A service with an empty PATH: it must get to work, and end with 0 when told to."""
    command = [sys.executable, "-m", "app", *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=backend.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as service:
        deadline, works = time.monotonic() + START_WITHIN_S, False
        while not works and service.poll() is None and time.monotonic() < deadline:
            works = is_at_work()
            time.sleep(0.1)
        service.send_signal(signal.SIGTERM)
        try:
            _, said = service.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            service.kill()
            _, said = service.communicate()
    stopped = service.returncode in (0, -signal.SIGTERM)
    wrong = "" if works and stopped else f"{'does not stop' if works else 'does not get to work'}: {said[-300:]}"
    return StepRun(arguments[0], service.returncode, 0, wrong)
