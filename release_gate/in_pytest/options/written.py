"""Files that an option or a setting has pytest write: none of them may be one that the gate writes or reads."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from release_gate.in_pytest.options.requests import GivenOption
from release_gate.rules.declaration import Declaration
from release_gate.rules.model import BLOCKED, TRIAGE
from release_gate.sealing.past_runs.chronicle import ERADICATION, STATUS

OPTIONS = frozenset(
    {
        "--alluredir",
        "--benchmark-storage",
        "--cov-report",
        "--ctrf",
        "--debug",
        "--json-report-file",
        "--log-file",
        "--report-log",
        "--result-log",
        "--resultlog",
    }
)
"""Options that name a file or folder to write; without those of the reports that go into the run folder."""
SETTINGS = frozenset({"log_file", "cache_dir"})
SOURCES = frozenset({".py", ".pyi", ".toml", ".ini", ".cfg"})
"""Endings of files that a run reads; an existing file of another ending may be the report of an earlier run."""


def written_over(given: Iterable[GivenOption], declaration: Declaration) -> Iterator[tuple[str, str]]:
    """The code and message of each request that would overwrite a file that the gate writes or judges."""
    for one in given:
        if not one.names & (OPTIONS | SETTINGS):
            continue
        found = filter(None, (_overwritten(path, declaration) for path in _places(one.value, declaration.root)))
        if overwritten := next(found, ""):
            yield "WRITTEN_OVER", f"{one} would write over {overwritten}: name another place."


def _places(value: Any, root: Path) -> Iterator[Path]:
    """The paths that a value may name, from here and from the project; also in `html:FOLDER` and `file://FOLDER`."""
    for text in map(str, value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]):
        for part in {text, text.removeprefix("file://"), text.partition(":")[2]} - {""}:
            named = os.path.expandvars(part)
            yield from (Path(os.path.realpath(folder / Path(named).expanduser())) for folder in (Path.cwd(), root))


def _overwritten(path: Path, declaration: Declaration) -> str:
    """Description of the gate's own file or folder that writing to the path would change; empty if none."""
    runs, documents = declaration.runs_dir.resolve(), declaration.docs_dir.resolve()
    if path.is_relative_to(runs) or runs.is_relative_to(path):
        return "the folder of the gate's runs"
    if path.parent == documents and path.name in (BLOCKED, TRIAGE, STATUS, ERADICATION):
        return f"{path.name}, which the gate writes"
    own = {(declaration.root / name).resolve() for name in (declaration.lock or "", *declaration.schemas.values())}
    if path.is_file() and (path in own | {declaration.waivers.resolve()} or path.suffix in SOURCES):
        return f"{path.name}, which the run reads"
    return ""
