"""`sign` and `keygen`: a run signed apart from it, and a pair of keys for that."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from release_gate.commands.arguments import run_argument
from release_gate.commands.latest import recomputed
from release_gate.record.files import as_json, write_whole
from release_gate.rules.declaration import Declaration
from release_gate.sealing import signing
from release_gate.sealing.result import NAME as RESULT
from release_gate.sealing.statement import NAME as STATEMENT
from release_gate.sealing.statement import statement
from release_gate.telling.reports import verdict_line


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    keys = commands.add_parser("keygen", help="make a pair of keys for signing and for verify --key")
    keys.add_argument("folder", type=Path, help="where release_gate.key and release_gate.pub are written")
    keys.set_defaults(without_declaration=keygen)
    parser = commands.add_parser(
        "sign", help="sign a run's statement with the key of the environment, apart from the run itself"
    )
    run_argument(parser)
    parser.set_defaults(execute=sign)


def sign(declaration: Declaration, options: argparse.Namespace) -> int:
    """Sign what the journal gives and what lies there, or nothing. Raises SigningError."""
    found = recomputed(declaration, options.run)
    if found is None:
        return 1
    folder, _, result = found
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


def keygen(options: argparse.Namespace) -> int:
    """Make both files, overwriting none."""
    try:
        private, public = signing.generate(options.folder)
    except signing.SigningError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{private} is the secret (RELEASE_GATE_SIGNING_KEY_FILE); {public} is for verify --key.\n")
    return 0
