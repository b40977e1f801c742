"""The stimuli of examples/stimuli: projects in which something is wrong, or nothing is, and what must be said of each.

A stimulus says in TOML:

    claim         what its project proves
    over          a stimulus whose files it takes first
    arguments     more of pytest's arguments;  environment: more variables
    committed     true: its project is a git checkout without differences
    [files]       laid over examples/base; an empty text removes the file
    [edited]      files of examples/base with texts replaced: a list of [old, new]
    [earlier]     `files` and `arguments` of a run before it, in the same folder
    [expected]    verdict, problems (codes), outcomes (of some checks), reason (a text within one of the reasons);
                  or run = false (refused before a run begins), exit_code, says (a text that is printed)
    [bare]        what differs under a bare pytest: the same, exit_code, run = false (no run begins)
    [others]      what differs for reporters without a gate: arguments, files, plugins; put = false, and why
    since         the oldest pytest that it can be put to, where that is newer than the gate's oldest
    [before.V]    `expected` and `bare` under a pytest older than V, in place of those above
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.foreign import EXAMPLES, OPTIONAL, WITH_OPTIONAL, Project, project_in


@dataclass(frozen=True)
class Stimulus:
    """One of them. files: with those of the stimulus that it lies over."""

    name: str
    claim: str
    expected: Mapping[str, Any]
    files: Mapping[str, str] = field(default_factory=dict)
    arguments: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    committed: bool = False
    earlier: Mapping[str, Any] | None = None
    bare: Mapping[str, Any] = field(default_factory=dict)
    others: Mapping[str, Any] = field(default_factory=dict)
    since: str = ""

    @property
    def begins(self) -> bool:
        """True if a run begins through the gate's front door."""
        return bool(self.expected.get("run", True))

    @property
    def begins_when_bare(self) -> bool:
        """True if a run begins under a bare pytest."""
        return bool(self.bare.get("run", self.begins))

    def laid_out(self, folder: Path, run: Callable[[Project, Sequence[str]], object]) -> Project:
        """Its project in `folder`, after the earlier run where it has one; `run` is how that one is started."""
        if self.earlier is None:
            made = project_in(folder, self.files, **self.environment)
            if self.committed:
                made.commit()
            return made
        before = project_in(folder, self.earlier.get("files"))
        run(before, self.earlier.get("arguments", ()))
        for name in self.earlier.get("files", ()):
            before.write(name, (EXAMPLES / "base" / name).read_text("utf-8"))
        project = Project(folder, self.environment)
        project.lay(self.files)
        return project


def _edited(name: str, edits: Sequence[tuple[str, str]]) -> str:
    text = (EXAMPLES / "base" / name).read_text("utf-8")
    for old, new in edits:
        assert old in text, f"{name} holds no {old!r}"
        text = text.replace(old, new, 1)
    return text


def _read(path: Path) -> dict[str, Any]:
    table = tomllib.loads(path.read_text("utf-8"))
    below = table.pop("over", "")
    files = _read(path.with_stem(below)).get("files", {}) if below else {}
    files |= {name: _edited(name, edits) for name, edits in table.pop("edited", {}).items()}
    return table | {"files": files | table.get("files", {})}


def _made(path: Path) -> Stimulus:
    """The stimulus of this file, with the optional plugins if it names one of them or of their options."""
    table = _read(path)
    for version, differing in table.pop("before", {}).items():
        table |= differing if _pytest_is_older_than(version) else {}
    made = Stimulus(path.stem, **table)
    is_named = any(name in re.split(r"[^-\w]", str(made)) for name in (*OPTIONAL, "-n", "-f"))
    return replace(made, environment=WITH_OPTIONAL | dict(made.environment)) if is_named else made


def _pytest_is_older_than(version: str) -> bool:
    return pytest.version_tuple[:2] < tuple(map(int, version.split(".")))


DECLARED = {path.stem: _made(path) for path in sorted((EXAMPLES / "stimuli").glob("*.toml"))}
STIMULI = {
    name: stimulus
    for name, stimulus in DECLARED.items()
    if not stimulus.since or not _pytest_is_older_than(stimulus.since)
}
"""The stimuli that can be put to this pytest."""
