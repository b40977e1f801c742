"""docs/ERROR_TRIAGE_REPORT.md: of the latest gate run, or of what can be seen without one.

Outside the project's environment it goes on inside it, or says how to make one. Exit codes: 0 the report is written,
1 it cannot be, or the run's evidence cannot be read, 2 wrong usage, 4 the declaration cannot be used.
"""

import json
import os
import subprocess
import sys

from commands import inside, run
from setup_environment import ROOT


def write_without_a_run(declaration, as_json):
    """The findings of `python3 -m app triage` in the report's form; returns the exit code."""
    from types import SimpleNamespace

    from release_gate.rules.language import language_of
    from release_gate.rules.model import TRIAGE
    from release_gate.telling.reports import triage

    told = subprocess.run(
        [sys.executable, "-m", "app", "triage", "--json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, cwd=ROOT
    )
    if told.returncode:
        return 1
    found = json.loads(told.stdout.decode("utf-8"))["findings"]
    language = language_of(os.environ, declaration.language_variable)
    text = triage(SimpleNamespace(declaration=declaration, language=language), result_of(found))
    sys.stdout.write(json.dumps({"findings": found}, indent=2) + "\n" if as_json else text)
    path = declaration.docs_dir / TRIAGE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        sys.stderr.write(str(path) + " cannot be written: " + str(error.strerror) + ".\n")
        return 1
    return 0


def result_of(found):
    """The result that the report needs where there is none: no run, so no verdict but INCOMPLETE."""
    from datetime import datetime, timezone

    checks = [{"id": one["check"], "title": "", "finding": one, "waived": False, "blocked_by": None} for one in found]
    return {
        "verdict": "INCOMPLETE",
        "run_id": "none",
        "started_at": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "subject": {},
        "waivers": [],
        "notes": [],
        "criteria": [{"checks": checks}],
        "reasons": ["No gate run is on disk: `make prod-ready` makes one. This is what can be seen without it."],
        "warnings": [],
    }


def main():
    """Hand over to the gate's triage where a run is on disk, else look without one."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [ROOT] + [entry for entry in sys.path if os.path.abspath(entry or ".") != folder]
    arguments = sys.argv[1:]
    os.environ.setdefault("PYTHONIOENCODING", "utf-8")
    from pathlib import Path

    from release_gate.rules.declaration import DeclarationError, load
    from release_gate.sealing.folders import latest

    try:
        declaration = load(Path(ROOT))
    except DeclarationError as error:
        sys.stderr.write(str(error) + "\n")
        sys.exit(4)
    if [one for one in arguments if one != "--json"] or latest(declaration) is not None:
        run("triage-of-run", arguments, sys.executable)
    os.chdir(ROOT)
    sys.exit(write_without_a_run(declaration, "--json" in arguments))


if __name__ == "__main__":
    python = inside()
    if python != sys.executable:
        os.execv(python, [python, os.path.abspath(__file__)] + sys.argv[1:])
    main()
