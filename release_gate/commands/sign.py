"""`sign` and `keygen`: signs a run after it has ended, and makes a pair of keys for that."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from release_gate.commands.arguments import path, run_argument
from release_gate.commands.latest import recorded, refused
from release_gate.record.files import as_json, write_whole
from release_gate.rules.declaration import Declaration
from release_gate.sealing import signing
from release_gate.sealing.result import NAME as RESULT
from release_gate.sealing.run_files import Unreadable, content_of
from release_gate.sealing.statement import NAME as STATEMENT
from release_gate.sealing.statement import statement
from release_gate.telling.reports import verdict_line


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    keys = commands.add_parser("keygen", help="make a pair of keys for signing and for verify --key")
    keys.add_argument("folder", type=path, help="where release_gate.key and release_gate.pub are written")
    keys.set_defaults(without_declaration=keygen)
    parser = commands.add_parser(
        "sign", help="sign a run's statement with the key of the environment, apart from the run itself"
    )
    run_argument(parser)
    parser.set_defaults(execute=sign)


def sign(declaration: Declaration, options: argparse.Namespace) -> int:
    """Sign the result and statement on disk if the journal gives them, otherwise nothing. Raises SigningError."""
    found = recorded(declaration, options.run, as_json=options.as_json)
    if isinstance(found, int):
        return found
    folder, result = found.folder, found.result
    signer = signing.taken_from(os.environ)
    if signer is None:
        raise signing.SigningError(f"There is no signing key: set {signing.KEY} or {signing.KEY_FILE}.")
    content = as_json(result)
    vouched = as_json(statement(content, result))
    for name, expected in ((RESULT, content), (STATEMENT, vouched)):
        if not _holds(folder / name, expected):
            why = f"{folder / name} is not what the journal gives; nothing was signed."
            return refused(why, as_json=options.as_json)
    write_whole(folder / signing.NAME, signing.signed(vouched, signer), durable=True)
    told = {"run_id": result["run_id"], "verdict": result["verdict"], "envelope": str(folder / signing.NAME)}
    line = f"{folder / signing.NAME} written ({verdict_line(result)})."
    sys.stdout.write((json.dumps(told) if options.as_json else line) + "\n")
    return 0


def _holds(path: Path, expected: bytes) -> bool:
    try:
        return content_of(path) == expected
    except Unreadable:
        return False


def keygen(options: argparse.Namespace) -> int:
    """Write both key files; existing files are not overwritten."""
    try:
        private, public = signing.generate(options.folder)
    except signing.SigningError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{private} is the secret (RELEASE_GATE_SIGNING_KEY_FILE); {public} is for verify --key.\n")
    return 0
