"""`python3 -m release_gate verify`: is a result a PASS for exactly this checkout and these artefacts?"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from release_gate.commands.arguments import duration
from release_gate.commands.latest import said_that_there_is_none
from release_gate.rules.declaration import Declaration
from release_gate.sealing import signing
from release_gate.sealing.folders import latest
from release_gate.sealing.result import NAME as RESULT
from release_gate.sealing.verifying import verify

UNPROVEN = " It is signed, but by whom was not asked: give the public key (--key)."


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("verify", help="is a result a PASS for exactly this checkout and these artefacts?")
    parser.add_argument("result", type=Path, nargs="?", help="the result (default: the latest run's)")
    parser.add_argument("--commit", help="the commit that must have been judged (default: the checkout's)")
    parser.add_argument("--workbook", type=Path, help="the workbook that must have been judged")
    parser.add_argument("--allow-sample", action="store_true", help="accept a proof on sample data")
    parser.add_argument("--max-age", type=duration, help="refuse an older result: 90m, 24h, 7d")
    parser.add_argument(
        "--key", type=Path, action="append", default=[], help="a public key (PEM) that must have signed; any of several"
    )
    parser.set_defaults(execute=execute)


def execute(declaration: Declaration, options: argparse.Namespace) -> int:
    """0 for a valid PASS, 1 for a refused one, each reason on standard error."""
    folder = options.result.parent if options.result else latest(declaration)
    if folder is None:
        return said_that_there_is_none(declaration)
    path = options.result or folder / RESULT
    refused = verify(
        path,
        declaration,
        commit=options.commit,
        workbook=options.workbook,
        allow_sample=options.allow_sample,
        max_age=options.max_age,
        keys=options.key,
    )
    for reason in refused:
        sys.stderr.write(f"refused: {reason}\n")
    if not refused:
        unproven = "" if options.key or not path.with_name(signing.NAME).exists() else UNPROVEN
        sys.stdout.write(f"{path} is a valid PASS.{unproven}\n")
    return 1 if refused else 0
