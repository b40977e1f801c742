"""Finds ignored files that could be imported: code that is in no commit."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from fnmatch import fnmatchcase
from importlib.machinery import all_suffixes
from pathlib import Path, PurePosixPath

IMPORTABLE = tuple(all_suffixes())
RULES = (".gitignore", ".gitattributes")
PRODUCTS = frozenset({"__pycache__", "node_modules", "build", "dist"})
"""Folders that tools fill and that nothing is imported from."""
ENVIRONMENT = ("pyvenv.cfg", "conda-meta")
"""Files that mark the folder of an environment, whose packages the lock covers."""


def hidden_sources(
    top: Path, ignored: Iterable[str], known: Collection[str], generated: Iterable[str] = ()
) -> list[str]:
    """The ignored files that could be imported, or that change git's answers.

    ignored: as `git status --ignored=matching` lists them, a folder with a slash at its end. known: the files of the
    commit. generated: patterns of files that the project declares as generated.
    """
    found: list[str] = []
    for path in ignored:
        if _passed_over(top, PurePosixPath(path)):
            continue
        files = _files_below(top, path) if path.endswith("/") else [path]
        found += [file for file in files if _counts(top, file, known)]
    allowed = tuple(generated)
    return [path for path in found if not any(fnmatchcase(path, pattern) for pattern in allowed)]


def _counts(top: Path, path: str, known: Collection[str]) -> bool:
    folder, _, name = path.rpartition("/")
    if name in RULES:
        return any(not folder or other.startswith(f"{folder}/") for other in known)
    if path.endswith(".pyc"):
        return not (top / path).with_suffix(".py").exists()
    return path.endswith(IMPORTABLE)


def _passed_over(top: Path, path: PurePosixPath) -> bool:
    folders = [path, *path.parents][:-1] if (top / path).is_dir() else list(path.parents)[:-1]
    return any(_not_searched(top / folder) for folder in folders)


def _not_searched(folder: Path) -> bool:
    return (
        folder.name.startswith(".")
        or folder.name in PRODUCTS
        or folder.name.endswith(".egg-info")
        or any((folder / mark).exists() for mark in ENVIRONMENT)
    )


def _files_below(top: Path, folder: str) -> Iterator[str]:
    for place, folders, files in os.walk(top / folder):
        folders[:] = [name for name in folders if not _not_searched(Path(place) / name)]
        for name in files:
            yield (Path(place) / name).relative_to(top).as_posix()
