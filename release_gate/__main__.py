"""The release gate's commands.

Exit codes of `run`: 0 PASS, 1 FAIL, 3 INCOMPLETE, 4 MISCONFIGURED. `verify` and `recompute`: 0 valid, 1 refused.
A key that cannot be used: 4.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from release_gate.record.files import as_json, write_whole
from release_gate.record.journal import JournalError
from release_gate.rules.declaration import Declaration, DeclarationError, load
from release_gate.rules.model import EXIT_CODES, Verdict
from release_gate.sealing import chronicle, signing
from release_gate.sealing.folders import block, latest
from release_gate.sealing.result import NAME as RESULT
from release_gate.sealing.result import TRIAGE, InvalidResult, from_journal
from release_gate.sealing.statement import NAME as STATEMENT
from release_gate.sealing.statement import statement
from release_gate.sealing.verifying import verify
from release_gate.supervisor import say, supervise
from release_gate.telling.github import Job
from release_gate.telling.reports import triage, verdict_line

UNPROVEN = " It is signed, but by whom was not asked: give the public key (--key)."
UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> dt.timedelta:
    """`90m`, `24h` or `7d`."""
    match = re.fullmatch(r"(\d+)([mhd])", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text} is not a duration such as 24h")
    return dt.timedelta(**{UNITS[match[2]]: int(match[1])})


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse, run, exit."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = _parser()
    options = parser.parse_args(given[: given.index("--")] if "--" in given else given)
    if options.command == "keygen":
        raise SystemExit(_keygen(options.folder))
    pytest_arguments = given[given.index("--") + 1 :] if "--" in given else []
    try:
        declaration = load(options.root.resolve())
    except DeclarationError as error:
        block(options.root.resolve(), str(error))
        sys.stderr.write(f"{error}\n")
        if options.command == "run":
            Job(os.environ, say).tell_misconfigured(str(error))
        raise SystemExit(EXIT_CODES[Verdict.MISCONFIGURED]) from None
    if declaration is None:
        sys.stderr.write(f"{options.root.resolve()}: pyproject.toml has no [tool.release_gate].\n")
        raise SystemExit(EXIT_CODES[Verdict.MISCONFIGURED])
    if options.command == "run":
        flags = ["--release"] * options.release + ["--keep-going"] * options.keep_going
        raise SystemExit(_run(declaration, [*flags, *pytest_arguments]))
    if options.command == "history":
        raise SystemExit(_history(declaration, options.as_json))
    try:
        raise SystemExit(_read(declaration, options))
    except signing.SigningError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(EXIT_CODES[Verdict.MISCONFIGURED]) from None


def _run(declaration: Declaration, pytest_arguments: Sequence[str]) -> int:
    try:
        return supervise(declaration, pytest_arguments)
    except signing.SigningError as error:
        block(declaration.root, str(error), "mend or unset the signing key")
        sys.stderr.write(f"{error}\n")
        Job(os.environ, say).tell_misconfigured(str(error))
        return EXIT_CODES[Verdict.MISCONFIGURED]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python3 -m release_gate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the project's folder (default: this one)")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run the gate; pytest's own arguments come after --")
    run.add_argument("--release", action="store_true", help="refuse a dirty tree and sample data")
    run.add_argument("--keep-going", action="store_true", help="run every criterion although a critical check failed")
    checking = commands.add_parser("verify", help="is a result a PASS for exactly this checkout and these artefacts?")
    checking.add_argument("result", type=Path, nargs="?", help="the result (default: the latest run's)")
    checking.add_argument("--commit", help="the commit that must have been judged (default: the checkout's)")
    checking.add_argument("--workbook", type=Path, help="the workbook that must have been judged")
    checking.add_argument("--allow-sample", action="store_true", help="accept a proof on sample data")
    checking.add_argument("--max-age", type=duration, help="refuse an older result: 90m, 24h, 7d")
    checking.add_argument(
        "--key", type=Path, action="append", default=[], help="a public key (PEM) that must have signed; any of several"
    )
    keys = commands.add_parser("keygen", help="make a pair of keys for signing and for verify --key")
    keys.add_argument("folder", type=Path, help="where release_gate.key and release_gate.pub are written")
    past = commands.add_parser("history", help="derive index, eradication summary and final status from the runs")
    past.add_argument("--json", action="store_true", dest="as_json", help="print one object")
    for name, text in (
        ("recompute", "derive a run's result again from its journal and compare"),
        ("sign", "sign a run's statement with the key of the environment, apart from the run itself"),
        ("triage", "write the error triage report of a run again"),
        ("show", "print a run's verdict; exits as the run did"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("run", type=Path, nargs="?", help="the run folder (default: the latest)")
        command.add_argument("--json", action="store_true", dest="as_json", help="print one object")
    return parser


def _read(declaration: Declaration, options: argparse.Namespace) -> int:
    given = options.result if options.command == "verify" else options.run
    folder = (given.parent if options.command == "verify" else given) if given else latest(declaration)
    if folder is None:
        sys.stderr.write(f"{declaration.runs_dir} holds no run: run the gate first (python3 -m release_gate run).\n")
        return 1
    if options.command == "verify":
        return _verify(declaration, given or folder / RESULT, options)
    try:
        run, result = from_journal(folder, declaration.root)
    except (JournalError, InvalidResult) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if options.command == "recompute":
        same = as_json(result) == (folder / RESULT).read_bytes()
        sys.stdout.write(f"{folder.name}: {verdict_line(result)}, {'as' if same else 'NOT as'} recorded.\n")
        return 0 if same else 1
    if options.command == "sign":
        return _sign(folder, result)
    if options.command == "triage":
        (declaration.docs_dir / TRIAGE).write_text(triage(run, result), encoding="utf-8")
        sys.stdout.write(triage(run, result) if not options.as_json else json.dumps(result["criteria"]) + "\n")
        return 0
    sys.stdout.write((json.dumps(result, indent=2) if options.as_json else verdict_line(result)) + "\n")
    return EXIT_CODES[Verdict(result["verdict"])]


def _verify(declaration: Declaration, path: Path, options: argparse.Namespace) -> int:
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


def _sign(folder: Path, result: dict[str, Any]) -> int:
    """Sign what the journal gives and what lies there, or nothing."""
    signer = signing.taken_from(os.environ)
    if signer is None:
        raise signing.SigningError(f"There is no signing key: set {signing.KEY} or {signing.KEY_FILE}.")
    content = as_json(result)
    vouched = as_json(statement(content, result))
    for name, expected in ((RESULT, content), (STATEMENT, vouched)):
        path = folder / name
        if not path.is_file() or path.read_bytes() != expected:
            sys.stderr.write(f"{path} is not what the journal gives; nothing was signed.\n")
            return 1
    write_whole(folder / signing.NAME, signing.signed(vouched, signer), durable=True)
    sys.stdout.write(f"{folder / signing.NAME} written ({verdict_line(result)}).\n")
    return 0


def _history(declaration: Declaration, as_json: bool) -> int:
    entries = chronicle.write(declaration)
    counts = Counter(entry["state"] for entry in entries)
    told = f"{len(entries)} runs ({', '.join(f'{count} {state}' for state, count in sorted(counts.items()))})"
    files = ", ".join((declaration.docs_dir / name).name for name in (chronicle.ERADICATION, chronicle.STATUS))
    sys.stdout.write((json.dumps({"runs": entries}) if as_json else f"{told}; {files} written.") + "\n")
    return 0


def _keygen(folder: Path) -> int:
    try:
        private, public = signing.generate(folder)
    except signing.SigningError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{private} is the secret (RELEASE_GATE_SIGNING_KEY_FILE); {public} is for verify --key.\n")
    return 0


if __name__ == "__main__":
    main()
