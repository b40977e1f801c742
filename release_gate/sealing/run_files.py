"""Reads the files of a run folder from elsewhere, without following links or opening pipes."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from release_gate.record.files import name_in, sha256_of
from release_gate.rules.model import RESULT_FILE

LARGEST_TEXT_BYTES = 512 * 1024 * 1024
"""Largest result or journal that is read."""
KINDS = {
    stat.S_IFLNK: "a link",
    stat.S_IFIFO: "a named pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class Unreadable(Exception):
    """A file cannot be read as part of a run."""

    code = "UNREADABLE"


def content_of(path: Path) -> bytes:
    """The bytes of a result or journal. Raises Unreadable; never waits for a pipe."""
    try:
        require_file(path)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}.") from None


def run_folder_of(path: Path) -> Path | None:
    """The run folder that a file lies in or would lie in; None where it lies in none."""
    return next((one for one in path.resolve().parents if os.path.lexists(one / RESULT_FILE)), None)


def require_file(path: Path) -> None:
    """Raises Unreadable unless it is a regular file of plausible size, OSError if it does not exist."""
    facts = path.lstat()
    if not stat.S_ISREG(facts.st_mode):
        raise Unreadable(f"{path} is {kind(facts.st_mode)}, not a file.")
    if facts.st_size > LARGEST_TEXT_BYTES:
        raise Unreadable(f"{path} has {facts.st_size} bytes; no run writes so much.")


def kind(mode: int) -> str:
    """The name of a file type, by its mode."""
    return "a folder" if stat.S_ISDIR(mode) else KINDS.get(stat.S_IFMT(mode), "no regular file")


def differences(
    folder: Path, recorded: Mapping[str, Mapping[str, Any]], beside: frozenset[str], since: str = "since"
) -> Iterator[str]:
    """Differences between a run folder and the sealed one.

    beside: names of files that are verified separately. since: the word before "the run was sealed".
    """
    files, odd = {}, {}
    for path, mode, empty in _below(folder):
        name = name_in(folder, path)
        if stat.S_ISREG(mode):
            files[name] = path
        elif not stat.S_ISDIR(mode):
            odd[name] = kind(mode)
        elif empty:
            odd[name] = "an empty folder"
    yield from (f"{name} is {what}; a run seals files only." for name, what in sorted(odd.items()))
    for name in sorted((files.keys() | recorded.keys()) - beside - odd.keys()):
        if name not in files:
            yield f"{name} is gone {since} the run was sealed."
        elif name not in recorded:
            yield f"{name} was added {since} the run was sealed."
        elif not _same(files[name], recorded[name]):
            yield f"{name} was changed {since} the run was sealed."


def _same(path: Path, facts: Mapping[str, Any]) -> bool:
    try:
        return bool(path.stat().st_size == facts["bytes"] and sha256_of(path) == facts["sha256"])
    except OSError:
        return False


def _below(folder: Path) -> Iterator[tuple[Path, int, bool]]:
    """Each entry below a folder with its mode, and True for an empty folder. Raises OSError."""
    left = [folder]
    while left:
        with os.scandir(left.pop()) as entries:
            for entry in entries:
                path, mode = Path(entry.path), entry.stat(follow_symlinks=False).st_mode
                inner = stat.S_ISDIR(mode)
                if inner:
                    left.append(path)
                yield path, mode, inner and not any(path.iterdir())
