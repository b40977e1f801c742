"""Checkouts in which the working files are not the commit's, and ways in which git is told not to see it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

GIT = shutil.which("git") or "git"
IDENTITY = ("-c", "user.name=kettle", "-c", "user.email=kettle@localhost")
FILES = {
    "kettle.py": "DEGREES = 100\n",
    "lib/__init__.py": "",
    "lib/spout.py": "OPEN = True\n",
    "run.sh": "#!/bin/sh\n",
    ".gitignore": "__pycache__/\n.venv/\nlocal/\n*_local.py\n*.pyc\n*.so\ndata/\n",
}


@dataclass(frozen=True)
class Checkout:
    """A repository with a commit."""

    root: Path

    def git(self, *arguments: str, given: bytes = b"") -> str:
        done = subprocess.run(
            [GIT, "-C", str(self.root), *IDENTITY, *arguments], check=True, capture_output=True, input=given
        )
        return done.stdout.decode().strip()

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def commit(self) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "kettle")
        return self.git("rev-parse", "HEAD")


def checkout_in(folder: Path, files: dict[str, str] | None = None) -> Checkout:
    folder.mkdir(parents=True)
    made = Checkout(folder)
    made.git("init", "--quiet", "--initial-branch=main")
    for name, text in (files or FILES).items():
        made.write(name, text)
    (folder / "run.sh").chmod(0o755)
    made.commit()
    return made


Deed = Callable[[Checkout], object]


def same_stat(here: Checkout) -> None:
    """Another content of the same size and time, with a configuration that looks at nothing else."""
    path = here.root / "kettle.py"
    facts = path.stat()
    here.git("config", "core.checkStat", "minimal")
    here.git("config", "core.trustctime", "false")
    path.write_text("DEGREES = 1e2\n"[: facts.st_size])
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def rewritten_by_filter(here: Checkout) -> None:
    """A filter of this machine that puts other code into a module, and takes it out again for git."""
    here.git("config", "filter.shout.clean", "sed s/'BAR = 2'/'BAR = 1'/")
    here.git("config", "filter.shout.smudge", "sed s/'BAR = 1'/'BAR = 2'/")
    here.write("kettle.py", "BAR = 1\n")
    here.write(".gitattributes", "*.py filter=shout\n")
    here.commit()
    here.write("kettle.py", "BAR = 2\n")


def behind_filter(here: Checkout, where: str) -> None:
    """A clean filter that always answers with the committed content."""
    here.git("config", "filter.hide.clean", "git show HEAD:%f")
    here.write(where, "kettle.py filter=hide\n")
    if where == ".gitattributes":
        here.commit()
    here.write("kettle.py", "DEGREES = 20\n")
    here.git("add", "kettle.py")


def behind_replacement(here: Checkout) -> None:
    first = here.git("rev-parse", "HEAD")
    here.write("kettle.py", "DEGREES = 20\n")
    here.git("commit", "--quiet", "--all", "--message", "cold")
    here.git("replace", first, here.git("rev-parse", "HEAD"))
    here.git("update-ref", "refs/heads/main", first)


def another_worktree(here: Checkout) -> None:
    other = here.root.with_name("other")
    shutil.copytree(here.root, other, ignore=shutil.ignore_patterns(".git"))
    here.git("config", "core.worktree", str(other))
    here.write("kettle.py", "DEGREES = 20\n")


def with_submodule(here: Checkout) -> Checkout:
    inner = checkout_in(here.root.with_name("inner"))
    here.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner.root), "inner")
    here.git("config", "-f", ".gitmodules", "submodule.inner.ignore", "all")
    here.commit()
    return Checkout(here.root / "inner")


def moved_submodule(here: Checkout) -> None:
    inner = with_submodule(here)
    inner.write("kettle.py", "DEGREES = 20\n")
    inner.commit()


def without_file_modes(here: Checkout) -> None:
    here.git("config", "core.fileMode", "false")
    (here.root / "run.sh").chmod(0o644)


def link_to_itself_elsewhere(here: Checkout) -> None:
    (here.root / "kettle.py").rename(here.root / ".git" / "kettle.py")
    (here.root / "kettle.py").symlink_to(".git/kettle.py")


def written_behind(*setting: str) -> Deed:
    """A tracked file changed after git was told not to look."""

    def deed(here: Checkout) -> None:
        here.git(*setting)
        here.write("kettle.py", "DEGREES = 20\n")

    return deed


def excluded(here: Checkout, where: Path) -> None:
    where.parent.mkdir(parents=True, exist_ok=True)
    where.write_text("extra.py\n")
    here.git("config", "core.excludesFile", str(where))
    here.write("extra.py", "")


def hidden_by_its_own_ignore_file(here: Checkout) -> None:
    here.write("lib/plugins/.gitignore", "*\n")
    here.write("lib/plugins/conftest.py", "")


DIRTY: dict[str, Deed] = {
    "changed": lambda here: here.write("kettle.py", "DEGREES = 20\n"),
    "removed": lambda here: (here.root / "kettle.py").unlink(),
    "added": lambda here: here.write("extra.py", ""),
    "untracked files not shown": lambda here: (
        here.git("config", "status.showUntrackedFiles", "no"),
        here.write("x.py", ""),
    ),
    "excluded by info/exclude": lambda here: excluded(here, here.root / ".git" / "info" / "exclude"),
    "excluded by core.excludesFile": lambda here: excluded(here, here.root.with_name("ignore")),
    "ignored file that can be imported": lambda here: here.write("settings_local.py", ""),
    "ignored folder that can be imported": lambda here: here.write("local/tools/__init__.py", ""),
    "ignored binary module": lambda here: here.write("lib/spout.so", ""),
    "bytecode without a source": lambda here: here.write("lib/extra.pyc", ""),
    "ignore file that hides itself": hidden_by_its_own_ignore_file,
    "attributes that hide themselves": lambda here: (
        here.write("lib/.gitignore", ".git*\n"),
        here.write("lib/.gitattributes", ""),
    ),
    "assume-unchanged": written_behind("update-index", "--assume-unchanged", "kettle.py"),
    "skip-worktree": written_behind("update-index", "--skip-worktree", "kettle.py"),
    "fsmonitor that sees nothing": written_behind("config", "core.fsmonitor", "true"),
    "same size and time": same_stat,
    "core.fileMode off": without_file_modes,
    "core.autocrlf": lambda here: (
        here.git("config", "core.autocrlf", "input"),
        here.write("kettle.py", "DEGREES = 100\r\n"),
    ),
    "clean filter of info/attributes": lambda here: behind_filter(here, ".git/info/attributes"),
    "filter that rewrites code": rewritten_by_filter,
    "clean filter that ignores the file": lambda here: behind_filter(here, ".gitattributes"),
    "foreign text within $Id$": lambda here: (
        here.write(".gitattributes", "kettle.py ident\n"),
        here.write("kettle.py", "ID = '$Id$'\n"),
        here.commit(),
        here.write("kettle.py", "ID = '$Id: 100 degrees $'\n"),
    ),
    "replaced commit": behind_replacement,
    "core.worktree": another_worktree,
    "submodule changed": lambda here: with_submodule(here).write("kettle.py", "DEGREES = 20\n"),
    "submodule at another commit": moved_submodule,
    "link in place of a file": link_to_itself_elsewhere,
}


def with_line_endings(here: Checkout) -> None:
    here.write(".gitattributes", "*.py text eol=crlf\n")
    here.write("kettle.py", "DEGREES = 100\r\nLITRES = 1\r\n")
    here.commit()
    here.git("rm", "--quiet", "--cached", "-r", ".")
    here.git("reset", "--quiet", "--hard")
    assert b"\r\n" in (here.root / "kettle.py").read_bytes()


def with_identities(here: Checkout) -> None:
    here.write(".gitattributes", "kettle.py ident\n")
    here.write("kettle.py", "ID = '$Id$'\n")
    here.commit()
    (here.root / "kettle.py").unlink()
    here.git("checkout", "--quiet", "--", "kettle.py")
    assert "$Id: " in (here.root / "kettle.py").read_text()


def with_large_files(here: Checkout) -> None:
    """Git LFS, whose program need not be installed where nothing is fetched."""
    content = b"water" * 1000
    digest = hashlib.sha256(content).hexdigest()
    here.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n")
    here.write("water.bin", f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(content)}\n")
    here.commit()
    here.write("water.bin", content)


def with_filter(here: Checkout) -> None:
    here.git("config", "filter.shout.clean", "tr A-Z a-z")
    here.git("config", "filter.shout.smudge", "tr a-z A-Z")
    here.write(".gitattributes", "*.txt filter=shout\n")
    here.write("tea.txt", "TEA\n")
    here.commit()
    assert here.git("cat-file", "blob", "HEAD:tea.txt") == "tea"


CLEAN: dict[str, Deed] = {
    "as committed": lambda here: None,
    "touched": lambda here: os.utime(here.root / "kettle.py", (0, 0)),
    "products of tools": lambda here: (
        here.write("lib/__pycache__/spout.cpython-311.pyc", ""),
        here.write(".venv/pyvenv.cfg", ""),
        here.write(".venv/lib/water.py", ""),
        here.write("data/water.csv", ""),
        here.write("lib/spout.pyc", ""),
        here.write(".pytest_cache/.gitignore", "*\n"),
    ),
    "environment of another name": lambda here: (
        here.write("local/pyvenv.cfg", ""),
        here.write("local/lib/water.py", ""),
    ),
    "line endings of .gitattributes": with_line_endings,
    "$Id$ of .gitattributes": with_identities,
    "large files": with_large_files,
    "filter that fits in both directions": with_filter,
    "submodule as committed": with_submodule,
}
