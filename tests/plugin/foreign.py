"""A small foreign project (a kettle: no database, no app) in a folder of its own, and the gate run over it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.plugin.forking import CommandResult, started

EXAMPLES = Path(__file__).parent / "examples"
PYTEST = (sys.executable, "-m", "pytest")
GATE = (sys.executable, "-m", "release_gate")
MARKER = "kettle_ready"
INHERITED = ("HOME", "TMPDIR", "LANG", "SYSTEMROOT")
"""The variables of this machine's environment that a child gets: no PATH, no CI variables, no PYTEST_*."""
UNNEEDED = "-p no:pytest_alembic -p no:hypothesispytest -p no:anyio -p no:schemathesis -p no:platformdirs"
"""Plugins of this environment that a kettle has no use for; importing them would take most of the time."""
OPTIONAL = ("benchmark", "html", "html_fixtures", "metadata", "xdist", "xdist.looponfail")
"""Plugins that report or spread. Loading them is a sixth of a child's time, so only a project that asks has them: what
the gate makes of reports is proven by test_run_folder.py and test_options.py, and by the stimuli that name one."""
LEAN = " ".join([UNNEEDED, *(f"-p no:{name}" for name in OPTIONAL)])
WITH_OPTIONAL = {"PYTEST_ADDOPTS": UNNEEDED}


@dataclass(frozen=True)
class Project:
    """A copy of examples/base with a stimulus laid over it."""

    root: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def lay(self, files: Mapping[str, str]) -> None:
        """Write these files; an empty text removes one."""
        for name, text in files.items():
            if text:
                self.write(name, text)
            else:
                (self.root / name).unlink()

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text(encoding="utf-8")
        assert old in text, f"{name} holds no {old!r}"
        self.write(name, text.replace(old, new))

    def run(self, command: Sequence[str | Path]) -> CommandResult:
        """Run a command in the project; by a fork of a prepared process where that is the same (forking.py)."""
        return started([str(part) for part in command], self.root, self.child_environment())

    def child_environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
        own = {"PYTEST_ADDOPTS": LEAN, "PYTHONDONTWRITEBYTECODE": "1", "RELEASE_GATE_LANG": "en"}
        return {**kept, **own, **self.environment}

    def pytest(self, *arguments: str) -> CommandResult:
        return self.run([*PYTEST, *arguments])

    def bare(self, *arguments: str) -> CommandResult:
        """The gate under a bare pytest."""
        return self.pytest("-m", MARKER, *arguments)

    def supervised(self, *arguments: str) -> CommandResult:
        """The gate through its front door."""
        return self.run([*GATE, "run", "--", *arguments])

    def verify(self, *arguments: str) -> CommandResult:
        return self.run([*GATE, "verify", *arguments])

    @property
    def runs(self) -> list[Path]:
        return sorted((self.root / "docs" / "_runs").glob("*/"))

    @property
    def folder(self) -> Path:
        """The folder of its last run."""
        return self.runs[-1]

    @property
    def blocked(self) -> Path:
        return self.root / "docs" / "RELEASE_BLOCKED.md"

    @property
    def result(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.folder / "RELEASE_GATE_RESULT.json").read_text(encoding="utf-8"))
        return loaded

    @property
    def ctrf(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((self.folder / "ctrf-report.json").read_text(encoding="utf-8"))
        return loaded

    def check(self, identity: str) -> dict[str, Any]:
        """A result's entry for one check."""
        found: dict[str, Any]
        (found,) = [
            one for criterion in self.result["criteria"] for one in criterion["checks"] if one["id"] == identity
        ]
        return found

    def everything_written(self) -> bytes:
        """All bytes under docs, for searching."""
        return b"\n".join(path.read_bytes() for path in (self.root / "docs").rglob("*") if path.is_file())

    def commit(self) -> str:
        """Make the project a clean git checkout; returns the commit."""
        git = shutil.which("git") or "git"
        identity = ["-c", "user.name=kettle", "-c", "user.email=kettle@localhost"]
        self.write(".gitignore", "docs/_runs/\ndocs/*.md\n__pycache__/\n.pytest_cache/\n")
        for arguments in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "kettle"]):
            subprocess.run([git, "-C", str(self.root), *arguments], check=True, capture_output=True)
        head = subprocess.run([git, "-C", str(self.root), "rev-parse", "HEAD"], check=True, capture_output=True)
        return head.stdout.decode().strip()


def project_in(folder: Path, files: Mapping[str, str] | None = None, **environment: str) -> Project:
    """The base project copied to `folder`, with `files` written over it; an empty text removes the file."""
    shutil.copytree(EXAMPLES / "base", folder, ignore=shutil.ignore_patterns("__pycache__", "docs"))
    project = Project(folder, environment)
    project.lay(files or {})
    return project
