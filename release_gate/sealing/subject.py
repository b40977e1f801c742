"""Identifies the judged subject: commit, cleanliness, lock, interpreter, platform."""

from __future__ import annotations

import os
import platform
from collections.abc import Collection, Mapping
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import Any

from release_gate.record.files import sha256_of
from release_gate.record.journal import NAME as JOURNAL
from release_gate.record.journal import read
from release_gate.rules.declaration import Declaration
from release_gate.sealing.checkout.tree import Tree, look

COMMIT_VARIABLES = ("GITHUB_SHA", "CI_COMMIT_SHA", "BUILD_SOURCEVERSION", "GIT_COMMIT")
"""Variables in which CI systems name the commit that they build."""
READ_BY_PYTEST = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
"""Files that configure pytest; it reads the first one that exists."""
NOT_LOOKED_AT: Mapping[str, Any] = {
    "commit": None,
    "dirty": None,
    "tree_sha256": None,
    "tree_reasons": ["Nobody looked at the tree at the start."],
}
REASONS = 20
"""Most reasons about a tree that a result keeps."""


def describe(root: Path, lock: str | None, tree: Tree | None = None) -> dict[str, Any]:
    """{commit, dirty, tree_sha256, tree_reasons, lock_sha256, python, platform}; None for unknown facts."""
    path = root / lock if lock else None
    return {
        **of_tree(tree or look(root)),
        "lock_sha256": sha256_of(path) if path is not None and path.is_file() else None,
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


def tree_of(declaration: Declaration) -> Tree:
    """The project's checkout as it is now, without the run folder."""
    form = declaration.form
    deciding = [declaration.declared_in, form.waivers, *([form.lock] if form.lock else ()), *form.schemas.values()]
    return look(declaration.root, (*declaration.generated, *_runs_of(declaration)), (*deciding, *READ_BY_PYTEST))


def _runs_of(declaration: Declaration) -> list[str]:
    runs, root = declaration.runs_dir.resolve(), declaration.root.resolve()
    return [f"*{runs.relative_to(root).as_posix()}/*"] if runs.is_relative_to(root) else []


def of_tree(tree: Tree) -> dict[str, Any]:
    """A result's facts about a tree; without git, the commit that CI names and no facts about files."""
    named = next((os.environ[name] for name in COMMIT_VARIABLES if os.environ.get(name)), None)
    return {
        "commit": tree.commit or named,
        "dirty": tree.dirty,
        "tree_sha256": tree.digest,
        "tree_reasons": [_shown(reason) for reason in tree.reasons[:REASONS]],
    }


def checkout(root: Path) -> tuple[str | None, bool | None]:
    """Commit and dirty flag; without git, the commit that CI names and no facts about files."""
    found = of_tree(look(root))
    return found["commit"], found["dirty"]


def judged(
    declaration: Declaration, folder: Path, more: Collection[str] = (), tree: Tree | None = None
) -> dict[str, Any]:
    """The subject of the run in `folder` at its end. more: see over_the_run. Raises JournalError."""
    began = next(iter(read(folder / JOURNAL)), {}).get("tree")
    ended = describe(declaration.root, declaration.lock, tree or tree_of(declaration))
    return over_the_run(began, ended, more) | {"versions": {"pytest": version("pytest"), **own_version()}}


def own_version() -> dict[str, str]:
    """The distribution of the plugin, with its version."""
    found = next(iter(entry_points(group="pytest11", name="release_gate")), None)
    return {found.dist.name: found.dist.version} if found is not None and found.dist is not None else {}


def over_the_run(
    began: Mapping[str, Any] | None, ended: Mapping[str, Any], more: Collection[str] = ()
) -> dict[str, Any]:
    """The subject of a whole run: clean only if the tree was clean at its start and at its end.

    began: the tree before anything was imported, None if unknown. more: other reasons why the judged files are not the
    commit's.
    """
    first = began or NOT_LOOKED_AT
    at_start = [reason for reason in first["tree_reasons"] if reason not in ended["tree_reasons"]]
    reasons = [*ended["tree_reasons"], *(f"At the start of the run: {reason}" for reason in at_start), *more]
    known = None not in (first["dirty"], ended["dirty"])
    if known and first["tree_sha256"] != ended["tree_sha256"]:
        reasons.append("The tree changed while it was judged.")
    return {
        **ended,
        "dirty": True if first["dirty"] or ended["dirty"] or more or (known and reasons) else False if known else None,
        "commit_at_start": first["commit"],
        "dirty_at_start": first["dirty"],
        "tree_sha256_at_start": first["tree_sha256"],
        "tree_reasons": reasons[:REASONS],
    }


def _shown(text: str) -> str:
    """A text that every encoding of JSON accepts, because file names may not be UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()
