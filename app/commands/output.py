"""Printing, and arguments that several commands have."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from app.config import Settings
from app.workbook.choosing import found_workbook

PAGE_WIDTH = 140
"""Columns of a table in a file or a log, which have no width of their own."""
STANDARD_STREAMS = (0, 1, 2)


def open_standard_streams() -> None:
    """Open the null device for each closed standard stream, and replace characters that a stream cannot encode.

    Otherwise the next opened file or socket would get the closed stream's number, and a child would write into it.
    """
    for number in STANDARD_STREAMS:
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


out = Console(width=None if sys.stdout and sys.stdout.isatty() else PAGE_WIDTH)
err = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Workbook = Annotated[
    Path | None,
    typer.Argument(help="The ERP's export (.xlsx); else PRODPLAN_WORKBOOK, else the only .xlsx in data/."),
]


def show(record: Any) -> None:
    """Print one JSON object, in ASCII if the output's encoding needs it."""
    if sys.stdout is None:
        return
    is_unicode = (sys.stdout.encoding or "").lower().replace("-", "").startswith("utf")
    sys.stdout.write(json.dumps(record, indent=2, ensure_ascii=not is_unicode, default=str) + "\n")


def named_workbook(workbook: Path | None, settings: Settings) -> Path:
    """The workbook given to a command, or the configured one, or the only one in data/. Raises BadParameter."""
    found = found_workbook(workbook, settings)
    if found is None:
        raise typer.BadParameter(
            "name the workbook, set PRODPLAN_WORKBOOK, or put one .xlsx into data/", param_hint="WORKBOOK"
        )
    return found
