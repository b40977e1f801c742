"""The plants that this process serves, and the settings under which it works on each."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic_settings import DotEnvSettingsSource

from app.config import NO_PLANTS_FILE, Settings, load_settings
from app.plants.plants_file import URLS, PlantEntry, PlantsError, read_plants, require_distinct
from app.typed import typed

PATHS = ("upload_dir", "export_dir", "feature_gates_file", "calendar_file")
LONGEST_SHOWN = 63
"""Characters of a name that a refusal repeats: the longest that a plant can have."""
OWN_FOLDER = "plants"
"""Folder below a shared one that holds a folder for each further plant."""


class UnknownPlant(PlantsError):
    """No plant of this name is known here; the message lists the known ones."""

    code = "UNKNOWN_PLANT"
    exit_code = 2


@dataclass(frozen=True)
class PlantDirectory:
    """The plant of the process's own settings, and those of the file.

    settings: of the process; its `plant` is the default one, and unless the file has an entry for it, it works as these
    settings say.
    """

    settings: Settings
    entries: Mapping[str, PlantEntry]

    @property
    def default(self) -> str:
        """The plant that is meant where none is named."""
        return self.settings.plant

    @property
    def names(self) -> tuple[str, ...]:
        """All plants, the default one first, the others in the file's order."""
        return (self.default, *(name for name in self.entries if name != self.default))

    def settings_of(self, plant: str | None = None) -> Settings:
        """The settings for work on a plant, by default on the default one; those of an entry are for no other plant.

        Raises UnknownPlant and PlantsError.
        """
        plant = self.require_known(self.default if plant is None else plant)
        entry = self.entries.get(plant)
        if entry is None:
            return self.settings
        changed: dict[str, Any] = {key: self.path_of(plant, key) for key in PATHS}
        changed |= {"plant": plant, "plants_file": NO_PLANTS_FILE}
        if entry.retention_keep is not None:
            changed["retention_keep"] = entry.retention_keep
        given = {key: self._url(plant, entry, key) for key in URLS}
        urls = {key: url for key, url in given.items() if url is not None}
        if "database_url" in urls:
            # The standby of the process's settings is one of another database.
            changed |= {"database_url_host": None, "database_url_docker": None, "database_read_url": None}
        changed |= urls
        return self.settings.model_copy(update=changed)

    def require_known(self, plant: str) -> str:
        """The plant's name as it is known here, also where its accents are typed apart. Raises UnknownPlant."""
        composed = unicodedata.normalize("NFC", plant)
        if plant not in self.names and composed in self.names:
            return composed
        if plant not in self.names:
            given = plant if len(plant) <= LONGEST_SHOWN else f"{plant[:LONGEST_SHOWN]}…"
            raise UnknownPlant(
                f"There is no plant {given!r} here; known: {', '.join(self.names)}. "
                f"Add it to {self.settings.plants_path} (docs/operations/plants.md)."
            )
        return plant

    def path_of(self, plant: str, key: str) -> Path | None:
        """A path of a plant's settings. One beside the default plant never has another's folder or gates file."""
        entry = self.entries.get(plant)
        given: Path | None = getattr(entry, key, None)
        own: Path | None = getattr(self.settings, key)
        if given is not None:
            return self._absolute(given)
        if plant == self.default or key == "calendar_file":
            return own
        return self.settings.upload_dir / OWN_FOLDER / plant if key == "upload_dir" else None

    def _absolute(self, path: Path) -> Path:
        return self.settings.plants_path.parent.absolute() / path

    def _url(self, plant: str, entry: PlantEntry, key: str) -> SecretStr | None:
        """A plant's URL as the entry, an environment variable or a file has it. Raises PlantsError without it."""
        variable, file = getattr(entry, f"{key}_env"), getattr(entry, f"{key}_file")
        given: SecretStr | None = getattr(entry, key)
        place = f"{self.settings.plants_path}: plants.{plant}.{key}"
        if variable is not None:
            text = os.environ.get(variable) or DotEnvSettingsSource(Settings).env_vars.get(variable.lower())
            if not text:
                raise PlantsError(f"{place}_env names the variable {variable}, which is not set.")
            return SecretStr(text)
        if file is not None:
            try:
                text = self._absolute(file).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                reason = getattr(error, "strerror", None) or "no UTF-8 text"
                raise PlantsError(f"{place}_file names {file}, which cannot be read ({reason}).") from None
            if not text:
                raise PlantsError(f"{place}_file names {file}, which is empty.")
            return SecretStr(text)
        return given


def load_directory(settings: Settings) -> PlantDirectory:
    """The directory of the process's plants. Raises PlantsError, in one sentence with file and key."""
    path = settings.plants_path
    if path == NO_PLANTS_FILE or (settings.plants_file is None and not path.exists()):
        return PlantDirectory(settings, {})
    return directory_of(settings, read_plants(path))


def directory_of(settings: Settings, entries: Mapping[str, PlantEntry]) -> PlantDirectory:
    """The directory of these entries. Raises PlantsError where two plants would share a folder or a file."""
    directory = PlantDirectory(settings, entries)
    require_distinct(settings.plants_path, directory.names)
    for key in ("upload_dir", "feature_gates_file"):
        owners: dict[str, str] = {}
        for plant in directory.names:
            path = directory.path_of(plant, key)
            owner = plant if path is None else owners.setdefault(os.path.realpath(path), plant)
            if owner != plant:
                raise PlantsError(
                    f"{settings.plants_path}: {key} of the plants {owner} and {plant} is the same, {path}: "
                    "each would write over the other's; give one of them another."
                )
    return directory


def bootstrap_of(settings: Settings) -> str:
    """The command that brings the database of a plant of the file to head; empty for the process's own settings."""
    return typed("bootstrap", "--plant", settings.plant) if settings.plants_file == NO_PLANTS_FILE else ""


def output_path(plant: str, path: Path) -> Path:
    """Default place of a command's output: as given for the default plant, docs/plants/NAME/… for any other."""
    if plant == load_settings().plant:
        return path
    return Path("docs", OWN_FOLDER, plant, *path.parts[1:])
