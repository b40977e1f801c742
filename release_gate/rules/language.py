"""The language of a run's sentences for people: --gate-lang, RELEASE_GATE_LANG, the project's variable, the locale."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum

VARIABLE = "RELEASE_GATE_LANG"
LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""Variables of the locale, the strongest first."""
NAMES = ("--gate-lang", "--lang")
"""Options that name it."""
PORTUGUESE = re.compile(r"pt(?![a-z])", re.IGNORECASE)


class Language(StrEnum):
    """The languages of people's sentences. Codes, verdicts, fields and what checks say are never translated."""

    EN = "en"
    PT = "pt"


def language_of(environment: Mapping[str, str], own_variable: str = "") -> Language:
    """Portuguese where the first of the variables that is set begins with `pt`; English otherwise.

    own_variable: the project's own, by its declaration; it stands behind the gate's and before the locale.
    """
    named = (environment.get(name) for name in (VARIABLE, own_variable, *LOCALES) if name)
    first = next((value for value in named if value), "")
    return Language.PT if PORTUGUESE.match(first) else Language.EN


def named_language(arguments: Sequence[str]) -> Language | None:
    """The language that the arguments of a command name, the last one; None where they name none, or an unknown one."""
    found = None
    for place, argument in enumerate(arguments):
        option, equals, value = argument.partition("=")
        if option in NAMES:
            value = value if equals else next(iter(arguments[place + 1 : place + 2]), "")
            found = next((one for one in Language if one == value), found)
    return found
