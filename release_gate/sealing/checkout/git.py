"""Calls git independently of the caller's variables and, where it matters, of its configuration."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_S = 60


class GitRefused(Exception):
    """git is missing or failed; the message is git's."""

    code = "GIT_REFUSED"


@dataclass(frozen=True, slots=True)
class Repository:
    """The repository of a checkout. git: the program. top: the folder of the working files. objects: their store."""

    git: str
    top: Path
    folder: Path
    objects: Path
    object_format: str
    commit: str


def asked(git: str, *arguments: str, given: bytes = b"", environment: Mapping[str, str] | None = None) -> bytes:
    """The output of git, called without variables that redirect it. Raises GitRefused."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    kept |= {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            [git, *arguments],
            input=given,
            capture_output=True,
            env=kept | dict(environment or {}),
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise GitRefused(f"git could not be asked: {error}") from None
    if done.returncode:
        told = " ".join(done.stderr.decode("utf-8", "replace").split("\n\n")[0].split())
        raise GitRefused(f"git refuses: {told or f'it ended with {done.returncode}'}")
    return done.stdout


def repository(root: Path) -> Repository:
    """The repository that the folder `root` belongs to. Raises GitRefused, also for one without a commit."""
    git = shutil.which("git", path=os.environ.get("PATH") or None) or shutil.which("git", path=os.defpath)
    if git is None:
        raise GitRefused("git is not installed, so nobody can say whether the files are those of the commit.")
    ask = ("-C", str(root), "rev-parse")
    told = asked(git, *ask, "--absolute-git-dir", "--show-object-format", "--git-path", "objects")
    folder, object_format, objects = os.fsdecode(told).splitlines()
    commit = asked(git, *ask, "--verify", "HEAD^{commit}").decode().strip()
    top = _top(root.resolve(), Path(folder).resolve())
    return Repository(git, top, Path(folder), (root / objects).resolve(), object_format, commit)


def _top(root: Path, folder: Path) -> Path:
    """The folder whose `.git` is the repository, whatever core.worktree names. Raises GitRefused."""
    for place in (root, *root.parents):
        mark = place / ".git"
        if mark.is_file():
            pointed = mark.read_text(encoding="utf-8", errors="surrogateescape").removeprefix("gitdir:").strip()
            if (place / pointed).resolve() == folder:
                return place
        elif mark.is_dir() and mark.resolve() == folder:
            return place
    raise GitRefused(f"git takes {folder} for the repository, and no .git at or above the project says so.")


def neutral(of: Repository, folder: Path) -> dict[str, str]:
    """Variables that give git a folder of its own: no configuration, index, excludes or attributes except the commit's.

    folder: an empty one for git. Its index is filled by `read-tree`.
    """
    (folder / "refs").mkdir()
    (folder / "objects").mkdir()
    (folder / "HEAD").write_text(f"{of.commit}\n", encoding="ascii")
    # git writes its configuration without the executable bit: where it has one, the file system sets it on every file.
    modes = not os.access(of.folder / "config", os.X_OK) or os.name != "posix"
    settings = ["[core]", "repositoryformatversion = 1", "bare = false", f"filemode = {str(modes).lower()}"]
    settings += ["precomposeunicode = true", "[extensions]", f"objectformat = {of.object_format}"]
    (folder / "config").write_text("\n".join(settings) + "\n", encoding="ascii")
    return {
        "GIT_DIR": str(folder),
        "GIT_OBJECT_DIRECTORY": str(of.objects),
        "GIT_WORK_TREE": str(of.top),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
