"""`python3 -m release_gate merge`: joins the runs of some criteria each, from several machines, into one run."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from release_gate.commands.arguments import path
from release_gate.commands.speaking import localised
from release_gate.in_pytest.options.handshake import UNTOUCHED, USAGE
from release_gate.record.journal import JournalError
from release_gate.rules.declaration import Declaration
from release_gate.rules.language import language_of
from release_gate.rules.model import EXIT_CODES, Verdict
from release_gate.sealing import signing
from release_gate.sealing.folders import RunFolderError
from release_gate.sealing.merging import merge
from release_gate.sealing.result import NAME as RESULT
from release_gate.sealing.result import InvalidResult
from release_gate.supervisor import say
from release_gate.telling.closing_lines import closing_lines
from release_gate.telling.colours import coloured
from release_gate.telling.github import Job
from release_gate.telling.streams import columns_of


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("merge", help="join the runs of `run --criteria` into one run, and judge it")
    parser.add_argument("shards", type=path, nargs="+", metavar="RUN", help="the folder of a run of some criteria")
    parser.add_argument(
        "--key", type=path, action="append", default=[], help="a public key (PEM) that must have signed each shard"
    )
    parser.set_defaults(execute=execute)


def execute(declaration: Declaration, options: argparse.Namespace) -> int:
    """Merge and judge; returns the verdict's exit code. Raises SigningError."""
    folders = [given.parent if given.name == RESULT else given for given in options.shards]
    if none := [given for given, folder in zip(options.shards, folders, strict=True) if not _is_run(folder)]:
        why = f"{', '.join(map(str, none))}: no folder of a run (there is no {RESULT})."
        sys.stderr.write(f"{localised(why)} {localised(UNTOUCHED)}\n")
        return USAGE
    try:
        folder, result = merge(declaration, folders, signing.taken_from(os.environ), options.key)
    except (RunFolderError, JournalError, InvalidResult, OSError) as error:
        sys.stderr.write(f"The shards cannot be merged, and the run stays INCOMPLETE: {error}\n")
        return EXIT_CODES[Verdict.INCOMPLETE]
    language = language_of(os.environ, declaration.language_variable)
    lines = closing_lines(declaration, result, folder, columns_of(sys.stdout), language)
    for line in coloured(lines, sys.stdout):
        say(line)
    Job(os.environ, say).tell(declaration.root, result, folder, language)
    return EXIT_CODES[Verdict(result["verdict"])]


def _is_run(folder: Path) -> bool:
    return os.path.lexists(folder / RESULT)
