"""What all commands share: how they print, and the arguments that several of them take."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from app.config import Settings

PAGE_WIDTH = 140
"""Columns of a table that goes into a file or a log, where nothing says how wide it may be."""

out = Console(width=None if sys.stdout.isatty() else PAGE_WIDTH)
err = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
Workbook = Annotated[Path | None, typer.Argument(help="The ERP's export (.xlsx); else PRODPLAN_WORKBOOK.")]


def show(record: Any) -> None:
    """Print one JSON object."""
    sys.stdout.write(json.dumps(record, indent=2, ensure_ascii=False, default=str) + "\n")


def named_workbook(workbook: Path | None, settings: Settings) -> Path:
    """The workbook that a command was given, or the configured one."""
    given = workbook or settings.prodplan_workbook
    if given is None:
        raise typer.BadParameter("name the workbook, or set PRODPLAN_WORKBOOK", param_hint="WORKBOOK")
    return given
