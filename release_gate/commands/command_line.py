"""The release gate's commands.

Exit codes of `run` and `merge`: 0 PASS, 1 FAIL, 3 INCOMPLETE, 4 MISCONFIGURED. `verify` and `recompute`: 0 valid,
1 refused. A key that cannot be used: 4.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from gettext import gettext
from pathlib import Path
from shlex import quote

from release_gate.commands import history, merge, render, run, show, sign, verify, verify_summary
from release_gate.commands.arguments import path
from release_gate.commands.latest import refused
from release_gate.commands.speaking import localised, speak
from release_gate.in_pytest.options.handshake import UNTOUCHED
from release_gate.record.files import fault_of_machine
from release_gate.rules.declaration import DeclarationError, load
from release_gate.rules.language import Language, language_of, named_language
from release_gate.rules.model import EXIT_CODES, Verdict
from release_gate.sealing.signing import SigningError
from release_gate.sealing.subject import own_version
from release_gate.sealing.survivors import keep_child_exit_codes
from release_gate.supervisor import say
from release_gate.telling.github import Job
from release_gate.telling.help_texts import tell_help
from release_gate.telling.said import said
from release_gate.telling.streams import survive_lost_streams

COMMANDS = (run, merge, verify, verify_summary, sign, history, show, render)
BEGINNING = ("run", "merge")
"""Commands that begin a run."""
MISCONFIGURED = EXIT_CODES[Verdict.MISCONFIGURED]
INTERRUPTED = 130
"""The exit code of a command that Ctrl-C ended, as shells have it."""


def executed(given: Sequence[str]) -> int:
    """Parse the arguments and run the command; returns the exit code."""
    survive_lost_streams()
    keep_child_exit_codes()
    try:
        Path.cwd()
    except OSError:
        gone = "The folder in which this command was started is gone: start it in the project's folder."
        sys.stderr.write(f"{said(named_language(given) or language_of(os.environ), gone)}\n")
        return MISCONFIGURED
    language = speak(given)
    end = given.index("--") if "--" in given else len(given)
    options = _parsed(given[:end], language, argparse.Namespace(pytest_arguments=list(given[end + 1 :])))
    try:
        return _of_command(options)
    except SigningError as error:
        return _misconfigured(str(error), options)
    except KeyboardInterrupt:
        sys.stderr.write(f"{localised('Interrupted. A run that had begun stays INCOMPLETE.')}\n")
        return EXIT_CODES[Verdict.INCOMPLETE] if options.command in BEGINNING else INTERRUPTED


def _parsed(given: Sequence[str], language: Language, options: argparse.Namespace) -> argparse.Namespace:
    parser = _parser()
    tell_help(parser, language)
    _, unknown = parser.parse_known_args(given, options)
    if unknown:
        where = "; pytest's own arguments come after --" if options.command == "run" else ""
        unrecognized = gettext("unrecognized arguments: %s") % " ".join(unknown)
        parser.error(localised(f"{unrecognized}{where}"))
    return options


def _misconfigured(why: str, options: argparse.Namespace) -> int:
    """Print why nothing can be done, as an object where one is asked for; returns the exit code."""
    refused(why, as_json=vars(options).get("as_json", False))
    return MISCONFIGURED


def _of_command(options: argparse.Namespace) -> int:
    """The exit code of the command. Raises SigningError."""
    if "without_declaration" in options:
        return int(options.without_declaration(options))
    if options.command in BEGINNING and (fault := fault_of_machine()):
        say(f"{localised(fault)} {localised(UNTOUCHED)}")
        return EXIT_CODES[Verdict.INCOMPLETE]
    root = options.root.resolve()
    try:
        declaration = load(root)
    except DeclarationError as error:
        if options.command == "run":
            Job(os.environ, say).tell_misconfigured(str(error))
        return _misconfigured(str(error), options)
    if declaration is None:
        return _misconfigured(_why_no_project(root), options)
    return int(options.execute(declaration, options))


def _why_no_project(root: Path) -> str:
    """The sentence about a folder that declares nothing, with the one around it that does."""
    if not root.is_dir():
        return f"{root} is no folder."
    around = next((folder for folder in root.parents if _declares(folder)), None)
    if around:
        elsewhere = f"start the command there, or with --root {quote(str(around))}."
        return f"{root} declares no release gate, and {around} does: {elsewhere}"
    return f"{root} has no pyproject.toml with [tool.release_gate], which declares the checks."


def _declares(folder: Path) -> bool:
    try:
        return load(folder) is not None
    except DeclarationError:
        return True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m release_gate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    version = " ".join(part for one in own_version().items() for part in one)
    parser.add_argument("--version", "-V", action="version", version=version, help="print the gate's own version")
    parser.add_argument("--root", type=path, default=Path.cwd(), help="the project's folder (default: this one)")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS:
        command.add_to(commands)
    return parser
