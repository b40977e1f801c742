"""`show`, `recompute` and `triage`: what a run's journal gives, printed, compared or written again."""

from __future__ import annotations

import argparse
import json
import sys

from release_gate.commands.arguments import run_argument
from release_gate.commands.latest import recomputed
from release_gate.record.files import as_json
from release_gate.rules.declaration import Declaration
from release_gate.rules.model import EXIT_CODES, Verdict
from release_gate.sealing.result import NAME as RESULT
from release_gate.sealing.result import TRIAGE
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
    """0 where the journal gives the recorded result byte for byte, else 1."""
    found = recomputed(declaration, options.run)
    if found is None:
        return 1
    folder, _, result = found
    same = as_json(result) == (folder / RESULT).read_bytes()
    sys.stdout.write(f"{folder.name}: {verdict_line(result)}, {'as' if same else 'NOT as'} recorded.\n")
    return 0 if same else 1


def write_triage(declaration: Declaration, options: argparse.Namespace) -> int:
    """ERROR_TRIAGE_REPORT.md of the run, written and printed; with --json the run's findings are printed."""
    found = recomputed(declaration, options.run)
    if found is None:
        return 1
    _, run, result = found
    text = triage(run, result)
    listed = {"run_id": result["run_id"], "verdict": result["verdict"], "findings": findings_in(result)}
    sys.stdout.write(json.dumps(listed, indent=2) + "\n" if options.as_json else text)
    path = declaration.docs_dir / TRIAGE
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        sys.stderr.write(f"{path} cannot be written: {error.strerror}.\n")
        return 1
    return 0


def show(declaration: Declaration, options: argparse.Namespace) -> int:
    """The verdict line, or the whole result; returns the verdict's exit code."""
    found = recomputed(declaration, options.run)
    if found is None:
        return 1
    _, _, result = found
    sys.stdout.write((json.dumps(result, indent=2) if options.as_json else verdict_line(result)) + "\n")
    return EXIT_CODES[Verdict(result["verdict"])]
