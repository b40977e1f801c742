"""Types of command-line arguments. Each refuses a value that cannot be meant, in words."""

from __future__ import annotations

import argparse
import datetime as dt
import re
from pathlib import Path

UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def duration(text: str) -> dt.timedelta:
    """`90m`, `24h` or `7d`."""
    match = re.fullmatch(r"(\d+)([mhd])", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text} is not a duration such as 24h")
    return dt.timedelta(**{UNITS[match[2]]: int(match[1])})


def run_argument(parser: argparse.ArgumentParser) -> None:
    """The optional run folder, and --json."""
    parser.add_argument("run", type=Path, nargs="?", help="the run folder (default: the latest)")
    json_argument(parser)


def json_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", dest="as_json", help="print one object")
