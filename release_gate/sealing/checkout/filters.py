"""Recognises working files that rightly differ from their blobs by the commit's own .gitattributes."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping
from importlib.machinery import all_suffixes
from pathlib import Path

from release_gate.sealing.checkout.git import GitRefused, Repository, asked

POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\n(?:ext-[^\n]*\n)*oid sha256:([0-9a-f]{64})\nsize (\d+)\n"
)
EXPANDED = re.compile(rb"\$Id:[^$\n]*\$")
UNSET = ("unset", "unspecified", "set")


def attributes(
    repository: Repository, paths: Iterable[str], environment: Mapping[str, str]
) -> dict[str, dict[str, str]]:
    """`filter` and `ident` by path, as the commit has them. Raises GitRefused."""
    given = b"".join(os.fsencode(path) + b"\0" for path in paths)
    ask = ("check-attr", "-z", "--stdin", "--cached", "filter", "ident")
    told = os.fsdecode(asked(repository.git, *ask, given=given, environment=environment)).split("\0")
    found: dict[str, dict[str, str]] = {}
    for path, name, value in zip(told[0::3], told[1::3], told[2::3], strict=False):
        if value not in ("unset", "unspecified"):
            found.setdefault(path, {})[name] = value
    return found


def is_as_checked_out(repository: Repository, path: str, blob: str, name: str) -> bool:
    """True if the working file is exactly the output of the filter `name` for the blob.

    Git LFS is checked by its pointer. For other filters, this machine's configuration has the commands: checkout and
    commit must agree, and the command for the commit must depend on the file. `git show` would print the blob for any
    file. What can be imported must be the blob itself: those commands are not the commit's.
    """
    file = repository.top / path
    if not file.is_file() or file.is_symlink():
        return False
    content = file.read_bytes()
    git, here = repository.git, ("-C", str(repository.top))
    try:
        pointer = POINTER.fullmatch(asked(git, *here, "cat-file", "blob", blob))
        if pointer is not None:
            digest, size = pointer[1].decode(), int(pointer[2])
            return size == len(content) and hashlib.sha256(content).hexdigest() == digest
        if name in UNSET or file.suffix in all_suffixes():
            return False
        made = asked(git, *here, "cat-file", "--filters", f"--path={path}", blob)
        back, other = (
            asked(git, *here, "hash-object", "--stdin", f"--path={path}", given=text).decode().strip()
            for text in (content, b"release gate\n" + content)
        )
    except GitRefused:
        return False
    return made == content and back == blob and other != blob


def foreign_ids(top: Path, blobs: Mapping[str, str]) -> list[str]:
    """Files whose `$Id: …$` is not their blob's: git ignores that part when it compares."""
    return [
        path
        for path, blob in blobs.items()
        if (top / path).is_file()
        and any(text != f"$Id: {blob} $".encode() for text in EXPANDED.findall((top / path).read_bytes()))
    ]
