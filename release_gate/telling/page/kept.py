"""release_report.json: data of the page beyond the result, saved before the run is sealed, so that it is sealed too.

The project's part, and the earlier runs: a page that read them later would change with every run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import msgspec

from release_gate.record.files import write_whole
from release_gate.telling.page.blocks import Fact, ProjectPart, Section

NAME = "release_report.json"
EARLIER_RUNS = 20
LARGEST_BYTES = 4 * 1024 * 1024
"""Largest file that is read."""


class EarlierRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A run before this one. state, verdict and line as the index of runs has them."""

    run_id: str
    state: str
    verdict: str | None
    line: str
    started_at: str
    commit: str
    passed: list[str]
    failed: list[str]


class Recurrence(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cause that earlier runs found: first and last in which run, and the run that proved it gone."""

    check: str
    root_cause: str
    runs: int
    first: str
    last: str
    gone_since: str | None


class Unstable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A check that passed and failed on one subject."""

    check: str
    failed: int
    runs: int


class Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The content of the file."""

    schema_version: Annotated[int, msgspec.Meta(ge=1, le=1)] = 1
    facts: list[Fact] = []
    sections: list[Section] = []
    earlier: list[EarlierRun] = []
    recurrences: list[Recurrence] = []
    unstable: list[Unstable] = []


def keep(folder: Path, parts: Sequence[ProjectPart], history: dict[str, list[Any]]) -> None:
    """Write the file. history: `earlier`, `recurrences` and `unstable`. Raises OSError."""
    kept = Kept(
        facts=[fact for part in parts for fact in part.facts],
        sections=[section for part in parts for section in part.sections],
        earlier=history["earlier"],
        recurrences=history["recurrences"],
        unstable=history["unstable"],
    )
    write_whole(folder / NAME, msgspec.json.format(msgspec.json.encode(kept), indent=1) + b"\n")


def read(folder: Path) -> Kept | None:
    """The file of a run folder; None if there is none or it is invalid."""
    path = folder / NAME
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST_BYTES:
            return None
        return msgspec.json.decode(path.read_bytes(), type=Kept)
    except (OSError, ValueError, RecursionError):
        return None
