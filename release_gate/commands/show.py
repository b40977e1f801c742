"""`show`, `recompute` and `triage`: print a run, compare it with its journal, or write its triage report."""

from __future__ import annotations

import argparse
import json
import sys

from release_gate.commands.arguments import run_argument
from release_gate.commands.latest import recorded
from release_gate.record.files import write_whole
from release_gate.rules.declaration import Declaration
from release_gate.rules.model import TRIAGE
from release_gate.telling.reports import findings_in, triage, verdict_line


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    for name, execute, text in (
        ("recompute", recompute, "derive a run's result again from its journal and compare"),
        ("triage", write_triage, "write the error triage report of a run again"),
        ("show", show, "print a run's verdict; exits as the run did"),
    ):
        parser = commands.add_parser(name, help=text)
        run_argument(parser)
        parser.set_defaults(execute=execute)


def recompute(declaration: Declaration, options: argparse.Namespace) -> int:
    """0 if the journal gives the recorded result byte for byte, else 1."""
    found = recorded(declaration, options.run, as_json=options.as_json)
    if isinstance(found, int):
        return found
    same = found.as_recorded
    told = {"run_id": found.result["run_id"], "verdict": found.result["verdict"], "as_recorded": same}
    line = f"{found.folder.name}: {verdict_line(found.result)}, {'as' if same else 'NOT as'} recorded."
    sys.stdout.write((json.dumps(told) if options.as_json else line) + "\n")
    return 0 if same else 1


def write_triage(declaration: Declaration, options: argparse.Namespace) -> int:
    """ERROR_TRIAGE_REPORT.md of the run, written and printed; with --json the run's findings are printed."""
    found = recorded(declaration, options.run, as_json=options.as_json)
    if isinstance(found, int):
        return found
    text = triage(found.run, found.result)
    listed = {
        "run_id": found.result["run_id"],
        "verdict": found.verdict.value,
        "reasons": found.result["reasons"],
        "findings": findings_in(found.result),
    }
    sys.stdout.write(json.dumps(listed, indent=2) + "\n" if options.as_json else text)
    if not found.as_recorded:
        sys.stderr.write(f"{found.line}.\n")
    path = declaration.docs_dir / TRIAGE
    try:
        write_whole(path, text.encode())
    except OSError as error:
        sys.stderr.write(f"{path} cannot be written: {error.strerror}.\n")
        return 1
    return 0


def show(declaration: Declaration, options: argparse.Namespace) -> int:
    """The verdict line, or the whole result; returns the verdict's exit code, the graver one where two differ."""
    found = recorded(declaration, options.run, as_json=options.as_json)
    if isinstance(found, int):
        return found
    told = (found.written or found.result) | {"verdict": found.verdict.value, "as_recorded": found.as_recorded}
    sys.stdout.write((json.dumps(told, indent=2) if options.as_json else found.line) + "\n")
    return found.verdict.exit_code
