"""The page's texts: written in English in templates and tables, translated by `pt.toml`.

The form of gettext without compiled files: a message is looked up by its English text.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from app.languages.spoken_language import Language

CATALOGUE = Path(__file__).with_name("pt.toml")


def marked(message: str) -> str:
    """The same text; marks a message outside of the templates for the test that compares the catalogue."""
    return message


@cache
def messages() -> Mapping[str, str]:
    """The Portuguese texts by the English ones."""
    return dict(tomllib.loads(CATALOGUE.read_text(encoding="utf-8")))


def translated(language: Language, message: str) -> str:
    """The message in this language; in English where the catalogue does not have it."""
    return messages().get(message, message) if language is Language.PT else message
