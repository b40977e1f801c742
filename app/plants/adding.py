"""Adds a plant to the file. The rest of the file, comments too, stays as it is."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.config import Settings
from app.files import write_atomically
from app.plants.directory import PlantDirectory, directory_of
from app.plants.plants_file import UTF_8, PlantsError, parse_plants

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
OWNER_ONLY = 0o600
"""Mode of a new file: a URL in it may have a password."""
HEAD = "# The plants: docs/operations/plants.md. A key that an entry lacks is taken from the process's settings.\n"


def add_plant(settings: Settings, plant: str, given: dict[str, str], prepare: Callable[[Settings], None]) -> None:
    """Add an entry to the file, which is made if it is not there.

    given: keys of the entry. prepare: called with the plant's settings before anything is written; makes its database.
    Raises PlantsError where the plant is known already or the entry is invalid, and whatever `prepare` raises.
    """
    path = settings.plants_path
    prepare(_with_entry(settings, _text_of(path), plant, given)[1].settings_of(plant))
    try:
        with locked_folder(path):
            text, _ = _with_entry(settings, _text_of(path), plant, given)
            write_atomically(path, text, path.stat().st_mode & 0o777 if path.exists() else OWNER_ONLY)
    except OSError as error:
        raise PlantsError(f"{path} cannot be written ({error.strerror}): it is the file of the plants.") from error


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding=UTF_8) if path.exists() else HEAD
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "no UTF-8 text"
        raise PlantsError(f"{path} cannot be read ({reason}): it is the file of the plants.") from None


def _with_entry(settings: Settings, text: str, plant: str, given: dict[str, str]) -> tuple[str, PlantDirectory]:
    """The file's text with the new entry, and the directory that it makes."""
    path = settings.plants_path
    if plant in (settings.plant, *parse_plants(text, path)):
        raise PlantsError(f"There is a plant {plant} already: to change it, write its entry in {path} by hand.")
    name = plant if BARE_KEY.fullmatch(plant) else json.dumps(plant, ensure_ascii=False)
    lines = [f"[plants.{name}]", *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in given.items())]
    text = text.rstrip("\n") + "\n\n" + "\n".join(lines) + "\n"
    return text, directory_of(settings, parse_plants(text, path))


@contextmanager
def locked_folder(path: Path) -> Iterator[None]:
    """One process at a time changes the file. The folder is locked, because the file itself is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)
