"""What exactly was judged: commit, cleanliness, lock, interpreter, platform."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Any

from release_gate.record.files import sha256_of

COMMIT_VARIABLES = ("GITHUB_SHA", "CI_COMMIT_SHA", "BUILD_SOURCEVERSION", "GIT_COMMIT")
"""Where CI systems say which commit they build."""


def describe(root: Path, lock: str | None) -> dict[str, Any]:
    """{commit, dirty, lock_sha256, python, platform}; what cannot be known is None."""
    commit, dirty = checkout(root)
    path = root / lock if lock else None
    return {
        "commit": commit,
        "dirty": dirty,
        "lock_sha256": sha256_of(path) if path is not None and path.is_file() else None,
        "python": platform.python_version(),
        "platform": platform.platform(),
    }


def checkout(root: Path) -> tuple[str | None, bool | None]:
    """Commit and whether the tree differs from it; without git, the commit that CI names and no word on the tree."""
    git = shutil.which("git", path=os.environ.get("PATH") or None) or shutil.which("git", path=os.defpath)
    head = _git(git, root, "rev-parse", "HEAD")
    if head is None:
        return next((os.environ[name] for name in COMMIT_VARIABLES if os.environ.get(name)), None), None
    status = _git(git, root, "status", "--porcelain")
    return head.strip(), None if status is None else bool(status.strip())


def _git(git: str | None, root: Path, *arguments: str) -> str | None:
    if git is None:
        return None
    try:
        done = subprocess.run(
            [git, "-C", str(root), *arguments], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
