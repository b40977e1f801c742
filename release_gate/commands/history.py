"""`python3 -m release_gate history`: index, eradication summary and final status, derived from the runs."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter

from release_gate.commands.arguments import json_argument
from release_gate.rules.declaration import Declaration
from release_gate.sealing import chronicle


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("history", help="derive index, eradication summary and final status from the runs")
    json_argument(parser)
    parser.set_defaults(execute=execute)


def execute(declaration: Declaration, options: argparse.Namespace) -> int:
    """Write the three files and tell of the runs."""
    entries = chronicle.write(declaration)
    counts = Counter(entry["state"] for entry in entries)
    told = f"{len(entries)} runs ({', '.join(f'{count} {state}' for state, count in sorted(counts.items()))})"
    files = ", ".join((declaration.docs_dir / name).name for name in (chronicle.ERADICATION, chronicle.STATUS))
    sys.stdout.write((json.dumps({"runs": entries}) if options.as_json else f"{told}; {files} written.") + "\n")
    return 0
