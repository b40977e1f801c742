"""Types of command-line arguments. Each refuses a value that cannot be meant, such as that of an unset variable."""

from __future__ import annotations

import argparse
import datetime as dt
import re
from pathlib import Path

from release_gate.commands.speaking import localised

UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def filled(text: str) -> str:
    """Any text but an empty one."""
    if not text.strip():
        raise argparse.ArgumentTypeError(localised("the value is empty: is a variable unset?"))
    if "\0" in text:
        raise argparse.ArgumentTypeError(localised("the value holds a NUL"))
    return text


def path(text: str) -> Path:
    return Path(filled(text))


def commit(text: str) -> str:
    """A full commit hash; any other name is compared literally and differs."""
    return filled(text).strip().lower()


def duration(text: str) -> dt.timedelta:
    """`90m`, `24h` or `7d`."""
    match = re.fullmatch(r"(\d{1,6})([mhd])", filled(text), re.ASCII)
    if match is None:
        raise argparse.ArgumentTypeError(localised(f"{text} is not a duration such as 90m, 24h or 7d"))
    return dt.timedelta(**{UNITS[match[2]]: int(match[1])})


def named_file(text: str) -> tuple[str, Path]:
    """`NAME=FILE`."""
    name, equals, file = filled(text).partition("=")
    if not (equals and name.strip() and file.strip()):
        raise argparse.ArgumentTypeError(localised(f"{text} is not NAME=FILE"))
    return name, Path(file)


def run_argument(parser: argparse.ArgumentParser) -> None:
    """The optional run folder, and --json."""
    parser.add_argument("run", type=path, nargs="?", help="the run folder (default: the latest)")
    json_argument(parser)


def input_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--input",
        type=named_file,
        action="append",
        default=[],
        dest="inputs",
        metavar="NAME=FILE",
        help="an input that must have been judged, by its name in the result's subject",
    )


def json_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", dest="as_json", help="print one object")
