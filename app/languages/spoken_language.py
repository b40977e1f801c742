"""The language of sentences for people, and that of a command: `--lang`, PRODPLAN_LANG or the locale."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from enum import StrEnum

VARIABLE = "PRODPLAN_LANG"
LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Variables of the locale, the strongest first."""
PORTUGUESE = re.compile(r"pt(?![a-z])", re.IGNORECASE)


class Language(StrEnum):
    """The languages of people's sentences. Codes, fields and documents for programs are always English."""

    PT = "pt"
    EN = "en"


def language_of(environment: Mapping[str, str]) -> Language:
    """Portuguese where PRODPLAN_LANG, or else the locale, begins with `pt`; English otherwise."""
    named = (environment.get(name) for name in (VARIABLE, *LOCALES))
    first = next((value for value in named if value), "")
    return Language.PT if PORTUGUESE.match(first) else Language.EN


def spoken() -> Language:
    """The language of this process."""
    return language_of(os.environ)
