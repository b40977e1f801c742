"""The declared features that no export can support, read from unsupported.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.features.errors import DeclarationError

DECLARATION = Path(__file__).with_name("unsupported.toml")


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A feature without data: what the workbook lacks, the route that comes nearest, and what would open it."""

    name: str
    guards: str
    missing: tuple[str, ...]
    instead: str
    remedy: str


@cache
def load_unsupported(path: Path = DECLARATION) -> dict[str, Unsupported]:
    """The features by the route that says so. Raises DeclarationError when the file cannot be read, a field is missing,
    unknown or of the wrong type, or a route is declared twice."""
    found: dict[str, Unsupported] = {}
    try:
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["unsupported"]:
            feature = Unsupported(**{**entry, "missing": tuple(entry["missing"])})
            texts = [feature.name, feature.guards, feature.instead, feature.remedy, *feature.missing]
            if not all(isinstance(text, str) for text in texts):
                raise DeclarationError(f"{path.name}: each field of {feature.name} is a text, missing a list of texts")
            if feature.guards in found:
                raise DeclarationError(f"{path.name} declares the route {feature.guards} twice")
            found[feature.guards] = feature
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise DeclarationError(
            f"{path.name} cannot be read as a declaration of unsupported features: {error}"
        ) from error
    return found
