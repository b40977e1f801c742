"""The folders of requested workbooks: the uploads, and the factory's exports.

An upload is `<uploads>/<token>/<name>`: the token keeps uploads apart, and messages contain the client's own file name.
An export is read in its place and never removed.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath

from app.ingestion.errors import IngestionError

UPLOAD, FOLDER, KEPT = "UPLOAD", "FOLDER", "KEPT"
SUFFIX = ".xlsx"
TOKEN = re.compile(r"[0-9a-f]{32}")
ODD_CHARACTERS = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]")
LONGEST_NAME, LONGEST_NAME_BYTES = 100, 200
"""Limits of a file name: characters, and bytes as UTF-8 (file systems allow 255)."""


class NoSuchExport(IngestionError):
    """The path names no workbook in the folder of exports."""

    code = "EXPORT_NOT_FOUND"


@dataclass(frozen=True, slots=True)
class Stored:
    """A workbook in the inbox: source and file are stored with the request."""

    source: str
    file: str
    path: Path


@dataclass(frozen=True, slots=True)
class Inbox:
    """The folders of uploads and of exports. exports: None if nothing can be requested by path."""

    uploads: Path
    exports: Path | None = None

    @contextmanager
    def receiving(self, given_name: str) -> Iterator[Stored]:
        """A place for an upload; it is removed if the block raises."""
        token, name = secrets.token_hex(16), safe_name(given_name)
        folder = self.uploads / token
        folder.mkdir(parents=True, mode=0o700)
        try:
            yield Stored(UPLOAD, f"{token}/{name}", folder / name)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def export(self, path: str) -> Stored:
        """The export at a path relative to its folder. Raises NoSuchExport for anything that is not a file inside."""
        if self.exports is None:
            raise NoSuchExport("No folder of exports is configured: set EXPORT_DIR, or upload the workbook.")
        try:
            root = self.exports.resolve()
            found = (root / path).resolve(strict=True)
            inside = found.is_relative_to(root) and found.is_file() and found.suffix.lower() == SUFFIX
        except (OSError, RuntimeError, ValueError):  # absent, a loop of links (RuntimeError), or no path at all
            inside = False
        if not inside:
            raise NoSuchExport("The folder of exports holds no workbook at this path: name an .xlsx file inside it.")
        return Stored(FOLDER, found.relative_to(root).as_posix(), found)

    def find(self, source: str, file: str) -> Path:
        """The path of a request's workbook; an upload may be missing. Raises NoSuchExport for a path outside the
        folders, and for a missing export."""
        if source == FOLDER:
            return self.export(file).path
        token, _, name = file.partition("/")
        if not TOKEN.fullmatch(token) or safe_name(name) != name:
            raise NoSuchExport("The request names no upload.")
        return self.uploads / token / name

    def kept(self, source: str, file: str) -> Stored:
        """A request's workbook if it still exists; restarts the age of an upload. Raises NoSuchExport."""
        path = self.find(source, file)
        if not path.is_file():
            raise NoSuchExport("The upload is no longer kept: send it again.")
        if source == UPLOAD:
            os.utime(path.parent)  # the folder and not the file, which may be being read and must not change
        return Stored(source, file, path)

    def discard(self, source: str, file: str) -> None:
        """Remove an upload; exports are never removed."""
        if source == UPLOAD:
            shutil.rmtree(self.find(source, file).parent, ignore_errors=True)

    def sweep(self, keep: set[str], older_than_s: float) -> None:
        """Remove uploads older than this that no request in `keep` (their files) needs."""
        tokens = {file.partition("/")[0] for file in keep}
        for folder in self.uploads.iterdir() if self.uploads.is_dir() else ():
            if folder.name in tokens or not TOKEN.fullmatch(folder.name):
                continue
            try:
                age_s = time.time() - max(one.stat().st_mtime for one in (folder, *folder.iterdir()))
            except OSError:
                continue  # its upload was refused, another worker was quicker, or it is none of ours
            if age_s > older_than_s:
                shutil.rmtree(folder, ignore_errors=True)


def safe_name(given: str) -> str:
    """The last part of the client's file name, valid on every file system; else "workbook.xlsx". Pure.

    Applying it twice changes nothing. The result ends in .xlsx, has at most 100 characters and 200 bytes, and no
    separator or control character.
    """
    last = PureWindowsPath(PurePosixPath(given).name).name
    stem = ODD_CHARACTERS.sub("_", last)
    stem = stem[: -len(SUFFIX)] if stem.lower().endswith(SUFFIX) else stem
    stem = stem.encode("utf-8", "ignore").decode("utf-8").strip(". ")[: LONGEST_NAME - len(SUFFIX)]
    stem = stem.encode()[: LONGEST_NAME_BYTES - len(SUFFIX)].decode("utf-8", "ignore").strip(". ")
    return f"{stem or 'workbook'}{SUFFIX}"
