"""Writes files atomically, under a temporary name and then renamed; lists the files of a folder; encodes and hashes."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from json import dumps  # imported by name: a check that replaces json.dumps does not change this one
from pathlib import Path
from typing import Any

from msgspec import DecodeError
from msgspec.json import format as indented

from release_gate.record.plain import encoded

NEEDED_DESCRIPTORS = 48
"""Files that a run may have to open beside those that are open as it starts: its own, pytest's, and those of pipes."""


def write_whole(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Replace `path` atomically.

    durable: flush the file and its directory entry to disk before returning.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error  # nobody knows the temporary name
    finally:
        temporary.unlink(missing_ok=True)
    if durable:
        sync_folder(path.parent)


def regular_content(path: Path) -> bytes:
    """The bytes of a regular file. Raises OSError for anything else: a check may have put a pipe there, whose reader
    waits for ever."""
    if not stat.S_ISREG(path.lstat().st_mode):
        raise OSError(errno.EINVAL, "it is no regular file any more", str(path))
    return path.read_bytes()


def write_named(path: Path, content: bytes) -> None:
    """Write the file that a person named: into a device or a pipe, such as /dev/stdout; through a link; any other file
    is replaced."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        with path.open("wb") as stream:
            stream.write(content)
    else:
        write_whole(path.resolve(), content, durable=True)


def sync_folder(folder: Path) -> None:
    """Make renames and removals in a folder durable, where the system supports it."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def files_in(folder: Path) -> dict[str, Path]:
    """The regular files below a folder by their paths in it; a byte of a name that is not UTF-8 is shown as `\\xff`.

    A link is not a file here: what it leads to can change without the folder.
    """
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return dict(sorted((name_in(folder, path), path) for path in found))


def irregular_in(folder: Path) -> list[str]:
    """Entries below a folder that are neither regular files nor folders: links, pipes, sockets."""
    odd = (path for path in folder.rglob("*") if path.is_symlink() or not (path.is_file() or path.is_dir()))
    return sorted(name_in(folder, path) for path in odd)


def name_in(folder: Path, path: Path) -> str:
    """A file's path within a folder, as in a result."""
    return os.fsencode(path.relative_to(folder).as_posix()).decode("utf-8", "backslashreplace")


def shown_path(path: Path, root: Path) -> str:
    """A path relative to the project's folder; a path outside the project is absolute."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def as_json(record: Any) -> bytes:
    """Encode a record as JSON, indented by two; the same record gives the same bytes."""
    try:
        # json.dumps with an indent gives the same bytes, but in Python instead of C: in three times the time.
        return indented(encoded(dumps(record, ensure_ascii=False)), indent=2) + b"\n"
    except DecodeError:  # NaN, as only Python writes it
        return encoded(dumps(record, indent=2, ensure_ascii=False)) + b"\n"


def artefact_entry(name: str, content: bytes) -> dict[str, Any]:
    """A result's entry for an artefact: path, SHA-256, bytes."""
    return {"path": name, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes as 64 hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fault_of_machine() -> str:
    """Return a sentence about why the process cannot open files, or write temporary ones, which pytest and git need;
    empty if it can."""
    held: list[int] = []
    try:
        while len(held) < NEEDED_DESCRIPTORS:
            held.append(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        why = f"No run can begin: it needs {NEEDED_DESCRIPTORS} files open at once, and {len(held)} can be"
        return f"{why} ({error.strerror}). Raise the limit on open files (ulimit -n)."
    finally:
        for one in held:
            os.close(one)
    try:
        tempfile.gettempdir()
    except OSError:
        why = "No run can begin: no temporary file can be written."
        return f"{why} Free the disk, raise the limit on a file's size (ulimit -f), or set TMPDIR."
    return ""
