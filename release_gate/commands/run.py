"""`python3 -m release_gate run`: runs the gate in a child process and judges it."""

from __future__ import annotations

import argparse
import os
import sys

from release_gate.rules.declaration import Declaration
from release_gate.rules.language import Language
from release_gate.rules.model import EXIT_CODES, Verdict
from release_gate.sealing import signing
from release_gate.supervisor import say, supervise
from release_gate.telling.github import Job


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("run", help="run the gate; pytest's own arguments come after --")
    parser.add_argument("--release", "--gate-release", action="store_true", help="refuse a dirty tree and sample data")
    parser.add_argument(
        "--keep-going",
        "--gate-keep-going",
        action="store_true",
        help="run every criterion although a critical check failed",
    )
    parser.add_argument(
        "--criteria", "--gate-criteria", metavar="A,B", help="run these criteria alone: a shard, for `merge`"
    )
    parser.add_argument(
        "--lang",
        "--gate-lang",
        choices=[*map(str, Language)],
        help="the language of terminal and documents (default: RELEASE_GATE_LANG, else the locale)",
    )
    parser.set_defaults(execute=execute)


def execute(declaration: Declaration, options: argparse.Namespace) -> int:
    """Run the gate; returns the verdict's exit code."""
    flags = ["--gate-release"] * options.release + ["--gate-keep-going"] * options.keep_going
    if options.criteria is not None:
        flags.append(f"--gate-criteria={options.criteria}")
    if options.lang is not None:
        flags.append(f"--gate-lang={options.lang}")
    try:
        return supervise(declaration, [*flags, *options.pytest_arguments])
    except signing.SigningError as error:
        sys.stderr.write(f"{error}\n")
        Job(os.environ, say).tell_misconfigured(str(error))
        return EXIT_CODES[Verdict.MISCONFIGURED]
