"""`python3 -m release_gate verify-summary`: verifies that a summary allows a commit; needs no checkout."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sys

from release_gate.commands.arguments import commit, duration, filled, input_argument, json_argument, path
from release_gate.sealing.summary import Deployment, faults


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("verify-summary", help="does a verification summary allow this commit?")
    parser.add_argument("summary", type=path, help="the file that verify --summary wrote")
    parser.add_argument("--commit", type=commit, required=True, help="the commit that is to be deployed")
    parser.add_argument(
        "--key", type=path, action="append", default=[], help="the verifier's public key (PEM); any of several"
    )
    parser.add_argument("--unsigned", action="store_true", help="accept a summary that nobody signed")
    input_argument(parser)
    parser.add_argument("--policy", type=filled, help="the SHA-256 that the declaration must have had")
    parser.add_argument("--verifier", type=filled, help="who must have verified")
    parser.add_argument("--max-age", type=duration, help="refuse an older summary: 90m, 24h, 7d")
    json_argument(parser)
    parser.set_defaults(without_declaration=execute)


def execute(options: argparse.Namespace) -> int:
    """0 where it allows the commit, 1 with each reason where not. Raises SigningError."""
    wanted = Deployment(
        options.commit,
        dict(options.inputs),
        options.policy,
        options.verifier,
        options.max_age,
        options.key,
        options.unsigned,
    )
    refused = faults(options.summary, wanted, dt.datetime.now(dt.UTC))
    if options.as_json:
        told = {"summary": str(options.summary), "valid": not refused, "refused": refused}
        sys.stdout.write(json.dumps(told) + "\n")
        return 1 if refused else 0
    for reason in refused:
        sys.stderr.write(f"refused: {reason}\n")
    if not refused:
        sys.stdout.write(f"{options.summary} allows commit {options.commit}.\n")
    return 1 if refused else 0
