"""Takes a plant out of the file. The rest of the file, comments too, stays as it is."""

from __future__ import annotations

import tomllib
from pathlib import Path

from app.files import write_atomically
from app.plants.adding import locked_folder
from app.plants.plants_file import UTF_8, PlantEntry, PlantsError, parse_plants


def take_out_plant(path: Path, plant: str) -> bool:
    """Remove the plant's table from the file; True if none is left there.

    False where the entry is written in another form than a table of its own, so that it must be removed by hand. Raises
    PlantsError where the file cannot be read or written.
    """
    if not path.exists():
        return True
    try:
        with locked_folder(path):
            text = path.read_text(encoding=UTF_8)
            wanted = {name: entry for name, entry in parse_plants(text, path).items() if name != plant}
            if plant not in parse_plants(text, path):
                return True
            without = _without_table(text, plant)
            if not _holds(without, path, wanted):
                return False
            write_atomically(path, without, path.stat().st_mode & 0o777)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "no UTF-8 text"
        raise PlantsError(f"{path} cannot be read or written ({reason}): it is the file of the plants.") from error
    return True


def _holds(text: str, path: Path, wanted: dict[str, PlantEntry]) -> bool:
    try:
        return parse_plants(text, path) == wanted
    except PlantsError:
        return False


def _without_table(text: str, plant: str) -> str:
    """The text without the lines from the plant's header to the next one; comments above that one stay."""
    kept: list[str] = []
    taken: list[str] = []
    is_inside = False
    for line in text.splitlines(keepends=True):
        if line.lstrip().startswith("["):
            kept += _above_header(taken)
            taken, is_inside = [], _names_table(line, plant)
        (taken if is_inside else kept).append(line)
    return "".join(kept)


def _above_header(lines: list[str]) -> list[str]:
    """The comments and empty lines at the end of a table: they belong to the header that follows."""
    begin = len(lines)
    while begin and (not lines[begin - 1].strip() or lines[begin - 1].lstrip().startswith("#")):
        begin -= 1
    return lines[begin:]


def _names_table(line: str, plant: str) -> bool:
    try:
        return bool(tomllib.loads(line) == {"plants": {plant: {}}})
    except tomllib.TOMLDecodeError:
        return False
