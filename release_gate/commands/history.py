"""`python3 -m release_gate history`: index, eradication summary and final status, derived from the runs."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter

from release_gate.commands.arguments import json_argument
from release_gate.commands.latest import refused
from release_gate.commands.speaking import spoken
from release_gate.rules.declaration import Declaration
from release_gate.sealing.past_runs import chronicle
from release_gate.sealing.past_runs.history import unstable
from release_gate.sealing.result import InvalidResult


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("history", help="derive index, eradication summary and final status from the runs")
    json_argument(parser)
    parser.set_defaults(execute=execute)


def execute(declaration: Declaration, options: argparse.Namespace) -> int:
    """Write the three files and print the runs."""
    try:
        entries = chronicle.write(declaration, spoken())
    except (OSError, InvalidResult) as error:
        return refused(f"The history of the runs could not be written: {error}", as_json=options.as_json)
    unstable_checks = unstable(entries)
    if options.as_json:
        sys.stdout.write(json.dumps({"runs": entries, "unstable": unstable_checks}) + "\n")
        return 0
    counts = Counter(entry["state"] for entry in entries)
    states = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    told = f"{len(entries)} runs{f' ({states})' if states else ''}"
    sys.stdout.write(f"{told}; {chronicle.ERADICATION}, {chronicle.STATUS} written.\n")
    for one in unstable_checks:
        sys.stdout.write(f"unstable: {chronicle.unstable_sentence(one)}\n")
    return 0
