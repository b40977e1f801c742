"""Files of the plants whose passwords everybody on the machine can read."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator
from pathlib import Path

from app.plants.plants_file import URLS, PlantsError, read_plants

PASSWORD = re.compile(r"://[^/@]*:[^/@]+@|[?&](?:ssl)?password=", re.IGNORECASE)
"""A password in the text of a URL, which need not be one that can be read."""
OUTERMOST = Path("/")
"""Folders outside of it are not looked at."""


def exposed_passwords(path: Path) -> str | None:
    """A sentence, without its full stop, that names the files; None where nothing is exposed.

    A group may be meant to read them, so only those that everybody can read count. A file that cannot be read or is not
    valid is told elsewhere. path: the file of the plants.
    """
    try:
        files = sorted({str(file) for file in _with_passwords(path) if _is_for_everybody(file)})
    except (OSError, PlantsError):
        return None
    if not files:
        return None
    return f"everybody on this machine can read the passwords in {', '.join(files)}: run chmod 600 on it"


def _with_passwords(path: Path) -> Iterator[Path]:
    if not path.is_file():
        return
    for entry in read_plants(path).values():
        for key in URLS:
            url, file = getattr(entry, key), getattr(entry, f"{key}_file")
            if url is not None and PASSWORD.search(url.get_secret_value()):
                yield path
            if file is not None and (path.parent / file).is_file():
                yield path.parent / file


def _is_for_everybody(file: Path) -> bool:
    """True if the file and the way to it are open to others than owner and group."""
    folders = [one for one in file.resolve().parents if one.is_relative_to(OUTERMOST)]
    return bool(file.stat().st_mode & stat.S_IROTH) and all(one.stat().st_mode & stat.S_IXOTH for one in folders)
