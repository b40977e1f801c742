"""The run of a command: the given folder, else the latest one."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from release_gate.commands.speaking import localised
from release_gate.record.files import as_json
from release_gate.record.journal import NAME as JOURNAL
from release_gate.record.journal import JournalError
from release_gate.record.records import Run
from release_gate.rules.declaration import Declaration
from release_gate.rules.model import PRECEDENCE, Verdict
from release_gate.sealing.folders import latest
from release_gate.sealing.result import NAME as RESULT
from release_gate.sealing.result import InvalidResult, from_journal, parsed
from release_gate.sealing.run_files import Unreadable, content_of
from release_gate.telling.reports import verdict_line


@dataclass(frozen=True, slots=True)
class Recorded:
    """A run on disk.

    result: computed from its journal. written: the result file, if it can be read.
    """

    folder: Path
    run: Run
    result: dict[str, Any]
    content: bytes
    written: dict[str, Any] | None

    @property
    def as_recorded(self) -> bool:
        """True if the journal gives the result file, byte for byte."""
        return as_json(self.result) == self.content

    @property
    def verdict(self) -> Verdict:
        """The graver verdict of the two; never PASS where they differ."""
        verdicts = {Verdict(self.result["verdict"])}
        if not self.as_recorded:
            verdicts.add(Verdict.INCOMPLETE)
        if self.written is not None:
            verdicts.add(Verdict(self.written["verdict"]))
        return min(verdicts, key=PRECEDENCE.index)

    @property
    def line(self) -> str:
        """The verdict in one line."""
        if self.as_recorded:
            return verdict_line(self.result)
        told = verdict_line(self.written) if self.written is not None else "nothing that can be read"
        says = f"{told}, with other facts" if told == verdict_line(self.result) else told
        return f"{self.verdict.value}: the journal gives {verdict_line(self.result)}, and {RESULT} says {says}"


def refused(why: str, *, as_json: bool) -> int:
    """Print why a run cannot be judged; returns the exit code of a refusal."""
    if as_json:
        sys.stdout.write(json.dumps({"error": why}) + "\n")
    else:
        sys.stderr.write(f"{localised(why)}\n")
    return 1


def refused_for_want_of_a_run(declaration: Declaration, *, as_json: bool) -> int:
    why = f"{declaration.runs_dir} holds no run: run the gate first (python3 -m release_gate run)."
    return refused(why, as_json=as_json)


def recorded(declaration: Declaration, given: Path | None, *, as_json: bool) -> Recorded | int:
    """The run, or the exit code of a refusal that has been printed."""
    folder = given or latest(declaration)
    if folder is None:
        return refused_for_want_of_a_run(declaration, as_json=as_json)
    folder = folder.parent if folder.name == RESULT else folder
    if not os.path.lexists(folder / JOURNAL):
        return refused(f"{given or folder}: no folder of a run (there is no {JOURNAL}).", as_json=as_json)
    try:
        derived = from_journal(folder, declaration.root)
    except (JournalError, InvalidResult) as error:
        return refused(str(error), as_json=as_json)
    try:
        content = content_of(folder / RESULT)
    except Unreadable:
        return Recorded(folder, derived.run, derived.result, b"", None)
    try:
        return Recorded(folder, derived.run, derived.result, content, parsed(content))
    except (ValueError, RecursionError):
        return Recorded(folder, derived.run, derived.result, content, None)
