"""`python3 -m release_gate render`: renders the page of a run again from its folder."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

from release_gate.commands.arguments import path, run_argument
from release_gate.commands.latest import recorded, refused
from release_gate.record.files import write_named
from release_gate.rules.declaration import Declaration
from release_gate.rules.model import PAGE
from release_gate.sealing.run_files import Unreadable, content_of, run_folder_of
from release_gate.telling.page.rendering import page


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("render", help="write the page of a run again, the same bytes as the run wrote")
    run_argument(parser)
    parser.add_argument("--out", type=path, help=f"the file to write (default: {PAGE} in the run's folder)")
    parser.set_defaults(execute=execute)


def execute(declaration: Declaration, options: argparse.Namespace) -> int:
    """0 if the page was written, 1 if the run differs from its journal."""
    found = recorded(declaration, options.run, as_json=options.as_json)
    if isinstance(found, int):
        return found
    if not found.as_recorded:
        return refused(f"{found.folder.name}: no page is rendered. {found.line}", as_json=options.as_json)
    rendered = page(found.run, found.result, found.folder)
    target: Path = options.out or found.folder / PAGE
    if options.out and (run_folder := run_folder_of(target)) and target.resolve() != run_folder / PAGE:
        why = f"No page was written: {target} lies in a run's folder, which is sealed. Name another place by --out."
        return refused(why, as_json=options.as_json)
    same = _there(target) == rendered
    try:
        write_named(target, rendered)
    except OSError as error:
        return refused(f"{target} cannot be written: {error.strerror or error}.", as_json=options.as_json)
    digest = hashlib.sha256(rendered).hexdigest()
    told = {"run_id": found.run.run_id, "page": str(target), "bytes": len(rendered), "sha256": digest, "same": same}
    line = f"{target}: {len(rendered)} bytes, {'as it was' if same else 'written'}."
    sys.stdout.write((json.dumps(told) if options.as_json else line) + "\n")
    return 0


def _there(target: Path) -> bytes:
    try:
        return content_of(target)
    except Unreadable:
        return b""
