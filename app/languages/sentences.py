"""Says an English sentence in Portuguese, by the catalogues in `pt`.

Sentences are written in English where they arise, with their values in them; a run's failure is kept so in the
database. A catalogue has each with an ellipsis for every value, so that what was built, sent or kept long before can
still be said in the language of the reader. A sentence that no catalogue has stays English.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.languages.spoken_language import Language

CATALOGUES = Path(__file__).with_name("pt")
VALUE = "…"
PLACE = re.compile(r"\{(\d)(~?)\}")
LEAST_LETTERS = 6
"""Fewest letters of a template for a whole sentence; shorter ones are for values within a sentence."""
LONGEST = 20_000
"""Most characters of a sentence that is translated."""
DEEPEST = 8
"""Most sentences within one another."""
JOINTS = (". ", "; ")
"""Texts between several sentences, or clauses, in one value."""
QUOTED, NUMBERED = re.compile("“([^”]*)”"), re.compile(r"([“«])(\d+)([”»])")
"""Words of another program in a sentence, which are left as they are; a number stands for them meanwhile."""
GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+")
DECIMAL = re.compile(r"(\d+)\.(\d+)(%?)")
NARROW = "\N{NARROW NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence of a catalogue. parts: its English texts around the values. letters: of all of them."""

    parts: tuple[str, ...]
    letters: int
    portuguese: str

    @classmethod
    def of(cls, english: str, portuguese: str) -> Template:
        parts = tuple(english.split(VALUE))
        return cls(parts, sum(map(str.isalpha, english)), portuguese)

    def values(self, sentence: str) -> list[str] | None:
        """The values of a sentence that has this form, none of them empty; None for any other sentence."""
        first, *between, last = self.parts
        at, end = len(first), len(sentence) - len(last)
        if at > end or not (sentence.startswith(first) and sentence.endswith(last)):
            return None
        found = []
        for part in between:
            # The first place is enough: what is behind it has the most room there.
            place = sentence.find(part, at + 1, end)
            if place < 0:
                return None
            found.append(sentence[at:place])
            at = place + len(part)
        found.append(sentence[at:end])
        return found if all(found) else None

    def has_clear(self, values: list[str]) -> bool:
        """True if no value that is shown as it is holds several clauses."""
        as_they_are = (values[int(number)] for number, is_said in PLACE.findall(self.portuguese) if not is_said)
        return not any(joint in value for value in as_they_are for joint in JOINTS)


def said(language: Language, sentence: str) -> str:
    """The sentence in this language."""
    return in_portuguese(sentence) if language is Language.PT else sentence


def in_portuguese(sentence: str) -> str:
    """The sentence in Portuguese; each part of it that no catalogue has in English."""
    if len(sentence) > LONGEST:
        return sentence
    exact, _ = _catalogue()
    if sentence in exact:
        return exact[sentence]
    words = QUOTED.findall(sentence)
    numbers = iter(range(len(words)))
    told = _said(QUOTED.sub(lambda _: f"“{next(numbers)}”", sentence), LEAST_LETTERS, DEEPEST)
    return NUMBERED.sub(lambda place: f"{place[1]}{words[int(place[2])]}{place[3]}", told) if words else told


def _said(text: str, least_letters: int, depth: int) -> str:
    """The text as several sentences, else as one; else clause by clause, and last as one that holds clauses."""
    if not depth:
        return text
    sentences = text.split(JOINTS[0])
    several = [_whole(one, least_letters, depth) for one in sentences] if len(sentences) > 1 else [None]
    if None not in several:
        return JOINTS[0].join(map(str, several))
    whole = _whole(text, least_letters, depth)
    if whole is None and text.endswith("."):
        bare = _whole(text[:-1], least_letters, depth)
        whole = None if bare is None else f"{bare}."
    if whole is not None:
        return whole
    for joint in JOINTS:
        # A sentence keeps its full stop.
        stop = joint.rstrip() if joint.startswith(".") else ""
        *pieces, last = text.split(joint)
        told = [_said(piece + stop, least_letters, depth - 1).removesuffix(stop) for piece in pieces]
        told.append(_said(last, least_letters, depth - 1) if pieces else last)
        if told != [*pieces, last]:
            return joint.join(told)
    return _whole(text, least_letters, depth, is_clear=False) or (text if least_letters else _figures(text))


def _whole(text: str, least_letters: int, depth: int, *, is_clear: bool = True) -> str | None:
    """The text in Portuguese if a template has its form: the one with the most letters.

    is_clear: only one whose values, as they are, hold no further clauses.
    """
    exact, templates = _catalogue()
    if text in exact and sum(map(str.isalpha, text)) >= least_letters:
        return exact[text]
    several = any(joint in text for joint in JOINTS)
    least = max(least_letters, LEAST_LETTERS if several else 0)
    for template in templates:
        values = template.values(text) if template.letters >= least else None
        if values is not None and (not several or not is_clear or template.has_clear(values)):
            return _filled(template, values, depth)
    return None


def _filled(template: Template, values: list[str], depth: int) -> str:
    return PLACE.sub(lambda place: _value(values[int(place[1])], bool(place[2]), depth), template.portuguese)


def _value(value: str, is_sentence: bool, depth: int) -> str:
    return _said(value, 0, depth - 1) if is_sentence else _figures(value)


def _figures(value: str) -> str:
    """A number alone as Portuguese writes it; any other value unchanged."""
    if GROUPED.fullmatch(value):
        return value.replace(",", NARROW)
    decimal = DECIMAL.fullmatch(value)
    return f"{decimal[1]},{decimal[2]}{NARROW}%" if decimal and decimal[3] else value


@cache
def _catalogue() -> tuple[dict[str, str], list[Template]]:
    """The sentences without values, and the templates of the others, those with the most letters first."""
    exact, templates = {}, []
    for english, portuguese in entries():
        if VALUE in english:
            templates.append(Template.of(english, portuguese))
        else:
            exact[english] = portuguese
    return exact, sorted(templates, key=lambda one: -one.letters)


def entries() -> Iterator[tuple[str, str]]:
    """The entries of all catalogues: English, Portuguese."""
    for path in sorted(CATALOGUES.glob("*.toml")):
        yield from of_file(path).items()


def of_file(path: Path) -> dict[str, str]:
    """The entries of one catalogue."""
    return tomllib.loads(path.read_text(encoding="utf-8"))
