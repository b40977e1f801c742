"""Runs of some criteria each, and their merging."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from release_gate.rules.declaration import load
from release_gate.sealing.merging import read_shards
from release_gate.sealing.shards import merged_events
from tests.plugin.foreign import GATE, Project
from tests.plugin.forking import CommandResult


def shard(project: Project, criteria: str, kept_as: Path) -> Path:
    """Run these criteria and copy the run's folder to another place, as from another machine.

    The run's own folder stays, so that the next run, in the same second, has another name.
    """
    ended = project.run([*GATE, "run", "--criteria", criteria])
    lines = ended.output.splitlines()
    assert (ended.exit_code, "Shard ended without a failure" in lines) == (3, True), ended.output
    assert not any("NOT_RUN" in line for line in lines), ended.output
    shutil.copytree(project.folder, kept_as)
    return kept_as


def merged(project: Project, *shards: str | Path) -> CommandResult:
    return project.run([*GATE, "merge", *shards])


def joined(project: Project, folders: list[Path]) -> list[dict[str, Any]]:
    declaration = load(project.root)
    assert declaration is not None
    return [dict(event) for event in merged_events(read_shards(folders, declaration)[0], "")]
