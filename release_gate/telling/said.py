"""Sentences in Portuguese: what keeps a run from beginning, what a command cannot do, and why a check failed.

They are written in English where they arise, with their values in them. A sentence has a place for each value; what
stands in a place of PHRASES is said too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

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
    """An English sentence as an expression, with its Portuguese. begins: its first letter, empty where a place is
    first. start, end: what stands before its first place and after its last one. letters: of its own words."""

    begins: str
    start: str
    end: str
    english: str
    portuguese: str
    letters: int

    @classmethod
    def of(cls, words: Words) -> _Form:
        parts = PLACE.split(words.en)
        expression = "".join(f"(?P<{part}>.+?)" if odd else re.escape(part) for part, odd in _alternating(parts))
        letters = sum(map(str.isalpha, PLACE.sub("", words.en)))
        return cls(parts[0][:1], parts[0], parts[-1], expression, words.pt, letters)

    def values_in(self, sentence: str) -> dict[str, str] | None:
        """The values in the places of a sentence of this form; None of another one.

        Its expression is made only where it may match: to make them all takes half as long as to render a page.
        """
        if not (sentence.startswith(self.start) and sentence.endswith(self.end)):
            return None
        found = _expression(self.english).fullmatch(sentence)
        return found.groupdict() if found else None

    def told(self, values: Mapping[str, str]) -> str:
        return PLACE.sub(lambda place: _value(place[1], values[place[1]]), self.portuguese)


@cache
def _expression(english: str) -> re.Pattern[str]:
    return re.compile(english, re.DOTALL)


_Forms: TypeAlias = Mapping[str, tuple[_Form, ...]]


def _alternating(parts: list[str]) -> list[tuple[str, bool]]:
    return [(part, bool(index % 2)) for index, part in enumerate(parts)]


def _value(name: str, value: str) -> str:
    return _portuguese(value) if name in PHRASES else value


def said(language: Language, sentence: str) -> str:
    """The sentence in this language; one that no form has stays English."""
    return sentence if language is Language.EN else _portuguese(sentence)


def compared(value: str) -> str:
    """An expected or found value in Portuguese; a plain value unchanged."""
    return _portuguese(value, _compared)


def _portuguese(sentence: str, forms: Callable[[], _Forms] | None = None) -> str:
    if len(sentence) > LONGEST:
        return sentence
    of_all = (forms or _refusals)()
    for form in of_all.get(sentence[:1], of_all[""]):
        if (values := form.values_in(sentence)) is not None:
            return form.told(values)
    return sentence


@cache
def _refusals() -> _Forms:
    return _forms(REFUSALS)


@cache
def _compared() -> _Forms:
    return _forms(COMPARED)


def _forms(among: tuple[Words, ...]) -> _Forms:
    """The forms by their first letter, those with the most letters first: a longer one matches fewer sentences.

    Those that begin with a place stand under every letter, and alone under none.
    """
    longest_first = sorted(map(_Form.of, among), key=lambda form: -form.letters)
    letters = {form.begins for form in longest_first} | {""}
    return {one: tuple(form for form in longest_first if form.begins in ("", one)) for one in letters}
