"""Checks that the file systems have room for the environment, before anything is written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from explanation import SetupFailed

MB = 1_000_000
ENVIRONMENT_MB, TEMPORARY_MB, CACHE_MB = 650, 250, 250
"""Sizes that a set-up from nothing writes, measured on Linux and rounded up: `.venv`, pip's downloads, pip's cache."""


def writing_places(root: Path, environment: Mapping[str, str]) -> dict[Path, int]:
    """Folder: megabytes that a set-up writes there."""
    home = Path(environment.get("HOME") or "/nonexistent")
    cache = Path(environment.get("PIP_CACHE_DIR") or environment.get("XDG_CACHE_HOME") or home / ".cache")
    return {root: ENVIRONMENT_MB, Path(tempfile.gettempdir()): TEMPORARY_MB, cache: CACHE_MB}


def existing(path: Path) -> Path:
    """The nearest folder that is there already."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


def check_space(needed_mb: Mapping[Path, int]) -> None:
    """Raise SetupFailed if a file system has less room than all that will be written to it."""
    by_device: dict[int, tuple[list[Path], int]] = {}
    for path, megabytes in needed_mb.items():
        device = existing(path).stat().st_dev
        paths, total = by_device.get(device, ([], 0))
        by_device[device] = ([*paths, path], total + megabytes)
    for paths, total in by_device.values():
        free = shutil.disk_usage(existing(paths[0])).free // MB
        if free < total:
            places = ", ".join(str(path) for path in paths)
            raise SetupFailed(
                f"The disk is too small: {total:,} MB are needed for {places}, and {free:,} MB are free. "
                "Free some, or point TMPDIR and PIP_CACHE_DIR elsewhere, then run this again."
            )
