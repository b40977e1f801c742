"""The file of the plants: one table for each plant with what differs from the process's own settings."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, ValidationError
from pydantic import model_validator as validator

from app.config import PLANT_PATTERN

UTF_8 = "utf-8-sig"
"""Encoding of the file; some editors on Windows put a mark in front of the text."""
URLS = ("database_url", "database_read_url")
"""Keys that hold a secret: each may be given itself, as KEY_env or as KEY_file."""


class PlantsError(ValueError):
    """The file of the plants, or an entry of it, cannot be used; the message repeats no URL."""

    code = "PLANTS_INVALID"


def _composed(name: str) -> str:
    if name != unicodedata.normalize("NFC", name):
        raise ValueError("the name has accents as separate characters; write it with composed ones (NFC)")
    return name


def _path(path: Path) -> Path:
    if path == Path() or "\0" in str(path):
        raise ValueError("a path must be given")
    return path


PlantName = Annotated[str, StringConstraints(pattern=PLANT_PATTERN), AfterValidator(_composed)]
GivenPath = Annotated[Path, AfterValidator(_path)]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class PlantEntry(BaseModel):
    """One plant of the file. Paths are relative to the file's folder."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    database_url: SecretStr | None = Field(None, min_length=1)
    database_url_env: Variable | None = None
    database_url_file: GivenPath | None = None
    database_read_url: SecretStr | None = Field(None, min_length=1)
    database_read_url_env: Variable | None = None
    database_read_url_file: GivenPath | None = None
    upload_dir: GivenPath | None = None
    export_dir: GivenPath | None = None
    feature_gates_file: GivenPath | None = None
    calendar_file: GivenPath | None = None
    retention_keep: int | None = Field(None, ge=1, strict=True)

    @validator(mode="after")
    def _one_way(self) -> PlantEntry:
        for url in URLS:
            given = [key for key in (url, f"{url}_env", f"{url}_file") if getattr(self, key) is not None]
            if len(given) > 1:
                raise ValueError(f"give {' or '.join(given)}, not both")
        return self


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    plants: dict[PlantName, PlantEntry] = Field(default_factory=dict)


def read_plants(path: Path) -> dict[str, PlantEntry]:
    """The entries of the file by the plants' names, in its order. Raises PlantsError."""
    try:
        return parse_plants(path.read_text(encoding=UTF_8), path)
    except OSError as error:
        raise PlantsError(f"{path} cannot be read ({error.strerror}): it is the file of the plants.") from None
    except UnicodeDecodeError:
        raise PlantsError(f"{path} is no UTF-8 text: save the file of the plants as UTF-8.") from None


def parse_plants(text: str, path: Path) -> dict[str, PlantEntry]:
    """The entries of a text. path: named in messages. Raises PlantsError."""
    try:
        entries = _Document.model_validate(tomllib.loads(text)).plants
    except ValidationError as error:
        raise PlantsError(f"{path}: {_sentence(error)}") from None
    except (ValueError, RecursionError) as error:  # also a number or a nesting that Python does not take
        raise PlantsError(f"{path} is no TOML file: {error}.") from None
    require_distinct(path, entries)
    return entries


def require_distinct(path: Path, names: Iterable[str]) -> None:
    """Raise PlantsError for two names that differ in capitals only, which folders and people do not tell apart."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            raise PlantsError(f"{path}: the plants {other} and {name} differ in capitals only; rename one.")


def _sentence(error: ValidationError) -> str:
    fault = error.errors(include_input=False, include_context=False)[0]
    place = ".".join(repr(part).strip("'") for part in fault["loc"] if part != "[key]")
    if fault["type"] == "extra_forbidden":
        known = "plants" if len(fault["loc"]) == 1 else ", ".join(PlantEntry.model_fields)
        return f"{place} is no key of this file; there {'is' if known == 'plants' else 'are'}: {known}."
    if fault["loc"][-1:] == ("[key]",) and fault["type"] == "string_pattern_mismatch":
        return (
            f"{place}: a plant's name has at most 63 letters, digits, _, -, . and blanks, none of the three at an end."
        )
    return f"{place}: {fault['msg'].removeprefix('Value error, ')}."
