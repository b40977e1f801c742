"""Compares the working files of a checkout with its commit by content.

git uses a folder of its own, without the repository's configuration, index, excludes and attributes, so that none of
them hides a difference. Attributes and ignore rules count as in the commit.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Collection, Iterable, Iterator, Set
from dataclasses import dataclass, field
from pathlib import Path

from release_gate.sealing.checkout.filters import attributes, foreign_ids, is_as_checked_out
from release_gate.sealing.checkout.git import GitRefused, Repository, asked, neutral, repository
from release_gate.sealing.checkout.ignored import hidden_sources

SHOWN = 8
"""Most paths that one reason names; the others are counted."""
HASHED_BYTES = 64 * 1024 * 1024
"""A larger file that differs enters the digest by size and time."""
GITLINK = "160000"
UNTRACKED, IGNORED = "??", "!!"
STATUS = ("--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignored=matching", "--ignore-submodules=all")


@dataclass(frozen=True, slots=True)
class Tree:
    """The state of a checkout.

    dirty: True if it differs from its commit; None if unknown. reasons: each difference, or why it is unknown. digest:
    SHA-256 over the commit's tree and every difference. files: the paths of the commit below `top`.
    """

    commit: str | None
    dirty: bool | None
    reasons: tuple[str, ...] = ()
    digest: str | None = None
    top: Path | None = None
    files: frozenset[str] = field(default=frozenset(), repr=False)


def look(root: Path, generated: Collection[str] = (), deciding: Collection[str] = ()) -> Tree:
    """The tree of the checkout that `root` belongs to; unknown, with git's message, if git fails.

    generated: patterns of ignored files that may be imported although no commit has them. deciding: files that say what
    is judged and how, from `root`; those that are there must be the commit's.
    """
    try:
        found = repository(root)
        with tempfile.TemporaryDirectory(prefix="release-gate-git-") as folder:
            return _compared(found, root, neutral(found, Path(folder)), generated, deciding)
    except GitRefused as error:
        return Tree(None, None, (str(error),))
    except (OSError, ValueError) as error:
        return Tree(None, None, (f"The working files cannot be compared with the commit: {error}",))


def _compared(
    found: Repository,
    root: Path,
    environment: dict[str, str],
    generated: Collection[str],
    deciding: Collection[str],
) -> Tree:
    def ask(*arguments: str) -> list[str]:
        return os.fsdecode(asked(found.git, "-C", str(found.top), *arguments, environment=environment)).split("\0")

    ask("read-tree", found.commit)
    lines = [line.partition("\t") for line in ask("ls-files", "--stage", "-z") if line]
    entries = {path: (mode, blob) for facts, _, path in lines for mode, blob, _ in [facts.split(" ")]}
    states = {line[3:]: line[:2] for line in ask("status", *STATUS) if line}
    (tree,) = ask("rev-parse", f"{found.commit}^{{tree}}")
    untracked = sorted(path for path, state in states.items() if state == UNTRACKED)
    differing = sorted(path for path, state in states.items() if state not in (UNTRACKED, IGNORED))
    foreign: list[str] = []
    if any(path.endswith(".gitattributes") for path in entries):
        known = attributes(found, entries, environment)
        blobs = {path: blob for path, (_, blob) in entries.items()}
        differing = [
            path
            for path in differing
            if "filter" not in known.get(path, {})
            or not is_as_checked_out(found, path, blobs[path], known[path]["filter"])
        ]
        foreign = foreign_ids(found.top, {path: blobs[path] for path, of in known.items() if "ident" in of})
    ignored = (path for path, state in states.items() if state == IGNORED)
    hidden = hidden_sources(found.top, ignored, entries, generated)
    hidden += [path for path in _not_of_commit(found.top, root, deciding, entries.keys()) if path not in untracked]
    below = f"{root.resolve().relative_to(found.top).as_posix()}/".removeprefix("./")
    reasons = [
        *_named("differ from the commit", differing),
        *_named("are in no commit", untracked),
        *_named("matter to what runs, are in no commit and are hidden by ignore rules", hidden),
        *_named("hold another $Id$ than the commit gives them", foreign),
        *(reason for path, (mode, blob) in entries.items() if mode == GITLINK for reason in _of(found.top, path, blob)),
    ]
    if not any(path.startswith(below) for path in entries):
        reasons.insert(0, f"Commit {found.commit} holds no file of this folder: the repository above it is another's.")
    digest = _digest(found.top, tree.strip(), [*differing, *untracked, *hidden, *foreign], reasons)
    return Tree(found.commit, bool(reasons), tuple(reasons), digest, found.top, frozenset(entries))


def _not_of_commit(top: Path, root: Path, deciding: Iterable[str], known: Set[str]) -> Iterator[str]:
    """Existing files that are not the commit's; a link counts as its target."""
    for path in dict.fromkeys((root / name).resolve() for name in deciding if (root / name).is_file()):
        inner = path.relative_to(top) if path.is_relative_to(top) else path
        if known.isdisjoint(place.as_posix() for place in (inner, *inner.parents)):
            yield inner.as_posix()


def _of(top: Path, path: str, commit: str) -> list[str]:
    """Differences of the submodule at `path` from the commit that its parent names; none if it is not checked out."""
    folder = top / path
    if not (folder / ".git").exists():
        return [f"{path} holds files and is no checkout of its submodule."] if _holds_anything(folder) else []
    inner = look(folder)
    if inner.commit is not None and inner.commit != commit:
        return [f"{path} is at {inner.commit}, not at {commit}."]
    return [f"{path}: {reason}" for reason in inner.reasons]


def _holds_anything(folder: Path) -> bool:
    return folder.is_symlink() or not folder.is_dir() or any(folder.iterdir())


def _named(what: str, paths: Collection[str]) -> list[str]:
    if not paths:
        return []
    more = f" and {len(paths) - SHOWN} more" if len(paths) > SHOWN else ""
    return [f"{', '.join(sorted(paths)[:SHOWN])}{more} {what}."]


def _digest(top: Path, tree: str, paths: Iterable[str], reasons: Iterable[str]) -> str:
    sum_ = hashlib.sha256(tree.encode())
    for path in sorted(paths):
        sum_.update(f"\0{path}\0{_fingerprint(top / path)}".encode("utf-8", "surrogateescape"))
    for reason in reasons:
        sum_.update(f"\0{reason}".encode("utf-8", "surrogateescape"))
    return sum_.hexdigest()


def _fingerprint(path: Path) -> str:
    try:
        facts = path.lstat()
        if path.is_symlink():
            return f"link {path.readlink()}"
        if not path.is_file() or facts.st_size > HASHED_BYTES:
            return f"{facts.st_mode} {facts.st_size} {facts.st_mtime_ns}"
        return f"{facts.st_mode} {hashlib.sha256(path.read_bytes()).hexdigest()}"
    except OSError:
        return "absent"
