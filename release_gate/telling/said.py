"""Sentences in Portuguese: what keeps a run from beginning, what a command cannot do, and why a check failed.

They are written in English where they arise, with their values in them. A sentence has a place for each value; what
stands in a place of PHRASES is said too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from release_gate.rules.language import Language
from release_gate.telling.bilingual import Words
from release_gate.telling.in_portuguese.declarations import DECLARATIONS
from release_gate.telling.in_portuguese.failures import COMPARED, FINDINGS
from release_gate.telling.in_portuguese.options import OPTIONS
from release_gate.telling.in_portuguese.starting import STARTING

REFUSALS = (*STARTING, *OPTIONS, *DECLARATIONS, *FINDINGS)
PHRASES = frozenset({"why", "effect", "what", "given", "source"})
"""Names of places that hold words of ours, not names or values."""
PLACE = re.compile(r"\{(\w+)\}")
JOINT = " "
"""Between several sentences of one refusal."""
LONGEST = 20_000
"""Most characters of a sentence that is looked up."""


@dataclass(frozen=True, slots=True)
class _Form:
    """An English sentence as an expression, with its Portuguese. letters: of its own words."""

    english: re.Pattern[str]
    portuguese: str
    letters: int

    @classmethod
    def of(cls, words: Words) -> _Form:
        parts = PLACE.split(words.en)
        expression = "".join(f"(?P<{part}>.+?)" if odd else re.escape(part) for part, odd in _alternating(parts))
        return cls(re.compile(expression, re.DOTALL), words.pt, sum(map(str.isalpha, PLACE.sub("", words.en))))

    def told(self, values: Mapping[str, str]) -> str:
        return PLACE.sub(lambda place: _value(place[1], values[place[1]]), self.portuguese)


def _alternating(parts: list[str]) -> list[tuple[str, bool]]:
    return [(part, bool(index % 2)) for index, part in enumerate(parts)]


def _value(name: str, value: str) -> str:
    return _portuguese(value) if name in PHRASES else value


def said(language: Language, sentence: str) -> str:
    """The sentence in this language; one that no form has stays English."""
    return sentence if language is Language.EN else _portuguese(sentence)


def compared(value: str) -> str:
    """An expected or found value in Portuguese; a plain value unchanged."""
    return _portuguese(value, COMPARED)


def _portuguese(sentence: str, among: tuple[Words, ...] = REFUSALS) -> str:
    if len(sentence) > LONGEST:
        return sentence
    for form in _forms(among):
        if found := form.english.fullmatch(sentence):
            return form.told(found.groupdict())
    return sentence


@cache
def _forms(among: tuple[Words, ...]) -> tuple[_Form, ...]:
    """The forms, those with the most letters first: a longer one matches fewer sentences."""
    return tuple(sorted(map(_Form.of, among), key=lambda form: -form.letters))
