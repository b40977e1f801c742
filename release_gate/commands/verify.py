"""`python3 -m release_gate verify`: verifies that a result is a PASS for exactly this checkout and its artefacts."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from release_gate.commands.arguments import commit, duration, filled, input_argument, json_argument, path
from release_gate.commands.latest import refused_for_want_of_a_run
from release_gate.record.files import write_named
from release_gate.rules.declaration import Declaration
from release_gate.sealing import signing
from release_gate.sealing.folders import latest
from release_gate.sealing.result import NAME as RESULT
from release_gate.sealing.result import parsed
from release_gate.sealing.run_files import Unreadable, content_of, run_folder_of
from release_gate.sealing.summary import summary, written
from release_gate.sealing.verifying import Wanted, verify

if TYPE_CHECKING:
    from securesystemslib.signer import CryptoSigner

ANONYMOUS = "urn:pytest-release-gate:unnamed"

UNPROVEN = " It is signed, but by whom was not asked: give the public key (--key)."


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("verify", help="is a result a PASS for exactly this checkout and these artefacts?")
    parser.add_argument("result", type=path, nargs="?", help="the result or its folder (default: the latest run's)")
    parser.add_argument("--commit", type=commit, help="the commit that must have been judged (default: the checkout's)")
    input_argument(parser)
    parser.add_argument("--workbook", type=path, help="the same as --input workbook=FILE")
    parser.add_argument("--allow-sample", action="store_true", help="accept a proof on sample data")
    parser.add_argument("--max-age", type=duration, help="refuse an older result: 90m, 24h, 7d")
    parser.add_argument(
        "--key", type=path, action="append", default=[], help="a public key (PEM) that must have signed; any of several"
    )
    parser.add_argument("--summary", type=path, help="write a verification summary (SLSA VSA) to this file")
    parser.add_argument(
        "--verifier", type=filled, default=ANONYMOUS, help="a URI that says who verifies, for the summary"
    )
    json_argument(parser)
    parser.set_defaults(execute=execute)


def execute(declaration: Declaration, options: argparse.Namespace) -> int:
    """0 for a valid PASS, 1 for a refused one with each reason. Raises SigningError."""
    signer = signing.taken_from(os.environ) if options.summary else None
    found: Path | None = options.result or latest(declaration)
    if found is None:
        return refused_for_want_of_a_run(declaration, as_json=options.as_json)
    result = found / RESULT if found.is_dir() else found
    refused = verify(result, declaration, wanted_by(options))
    if options.summary:
        refused += _summarised(declaration, result, refused, options, signer)
    if options.as_json:
        told = {"result": str(result), "valid": not refused, "refused": refused, "signature_checked": bool(options.key)}
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        tell(result, refused, signature_checked=bool(options.key))
    return 1 if refused else 0


def _summarised(
    declaration: Declaration,
    result: Path,
    refused: list[str],
    options: argparse.Namespace,
    signer: CryptoSigner | None,
) -> list[str]:
    """Write the summary; returns why none could be written."""
    if run_folder_of(options.summary):
        return [f"No summary was written: {options.summary} lies in a run's folder, which is sealed."]
    try:
        read = parsed(content_of(result))
        told = summary(declaration, read, result.parent, refused, verifier=options.verifier, max_age=options.max_age)
        write_named(options.summary, written(told, signer))
    except (Unreadable, OSError, ValueError, RecursionError) as error:
        return [f"No summary was written: {error}"]
    return []


def wanted_by(options: argparse.Namespace) -> Wanted:
    """The requirements of a result that the command line makes."""
    inputs = dict(options.inputs)
    if options.workbook:
        inputs["workbook"] = options.workbook
    return Wanted(options.commit, inputs, options.allow_sample, options.max_age, options.key)


def tell(result: Path, refused: list[str], *, signature_checked: bool) -> None:
    """Print the reasons on standard error, or on standard output that the result is valid."""
    for reason in refused:
        sys.stderr.write(f"refused: {reason}\n")
    if not refused:
        unproven = "" if signature_checked or not result.with_name(signing.NAME).exists() else UNPROVEN
        sys.stdout.write(f"{result} is a valid PASS.{unproven}\n")
