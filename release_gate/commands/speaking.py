"""The language of a command: its option, RELEASE_GATE_LANG, the project's variable, the locale."""

from __future__ import annotations

from collections.abc import Sequence

from release_gate.environment import root_in
from release_gate.rules.language import Language
from release_gate.rules.spoken import spoken_in
from release_gate.telling.said import said

_SPOKEN = [Language.EN]


def speak(given: Sequence[str]) -> Language:
    """Take the language from a command's arguments and surroundings, and keep it."""
    _SPOKEN[0] = spoken_in(root_in(given), given)
    return _SPOKEN[0]


def spoken() -> Language:
    """The language of this command."""
    return _SPOKEN[0]


def localised(sentence: str) -> str:
    """The sentence in the language of this command."""
    return said(_SPOKEN[0], sentence)
