"""The declared lines of the factory's checklist that say that something is good, read from checklist.toml."""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from app.features.errors import DeclarationError

DECLARATION = Path(__file__).with_name("checklist.toml")
MOST_CHARACTERS = 1_000
"""A longer line would not fit the index of the table whose key it is."""


@dataclass(frozen=True, slots=True, order=True)
class DeclaredLine:
    """A description that is no error where this phase judged."""

    phase_id: int
    description: str


@cache
def load_checklist(path: Path = DECLARATION) -> tuple[DeclaredLine, ...]:
    """The declared lines, by phase and text. Raises DeclarationError when the file cannot be read, a field is missing
    or of the wrong type, a text is empty or too long, or a line is declared twice."""
    found: list[DeclaredLine] = []
    try:
        for entry in tomllib.loads(path.read_text(encoding="utf-8"))["checklist"]:
            phase, lines = entry["phase"], entry["lines"]
            if isinstance(phase, bool) or not isinstance(phase, int) or not isinstance(lines, list):
                raise DeclarationError(f"{path.name}: phase is a whole number and lines a list of texts")
            if not all(isinstance(line, str) and 1 <= len(line) <= MOST_CHARACTERS for line in lines):
                raise DeclarationError(
                    f"{path.name}: each line of phase {phase} is a text of 1 to {MOST_CHARACTERS:,} characters"
                )
            found += [DeclaredLine(phase, line) for line in lines]
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise DeclarationError(f"{path.name} cannot be read as a declaration of checklist lines: {error}") from error
    for line in found:
        if found.count(line) > 1:
            raise DeclarationError(f"{path.name} declares {line.description!r} of phase {line.phase_id} twice")
    return tuple(sorted(found))


def checklist_json() -> str:
    """The declared lines as JSON, for a statement."""
    return json.dumps([asdict(line) for line in load_checklist()], ensure_ascii=False)
