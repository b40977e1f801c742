"""Finds names in the workbook that are nearly those of a missing sheet or column."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence

from app.workbook.errors import shortened

BLANKS = {"\N{NO-BREAK SPACE}": "a non-breaking blank", "\t": "a tab", "\n": "a line break", "\r": "a line break"}
ALIKE = str.maketrans(
    "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0445\u0443\u0456\u0458\u0455"
    "\u03b1\u03b2\u03b5\u03b6\u03b7\u03b9\u03ba\u03bc\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7",
    "abekmhopctxyijsabezhikmnoptyx",
)
"""Small Cyrillic and Greek letters, each with the Latin letter that it or its capital resembles."""
FORMATTING = "Cf"
"""Unicode's category of the characters that are not seen."""
SIGNS = "_- "
"""Signs that count as part of a name. A name that differs in other signs alone is `with other signs in it`."""
LONGEST_COMPARED = 200
"""Most letters of a name that is compared; Excel gives a sheet at most 31."""
MOST_COMPARED, MOST_OF_LONG = 1_000_000, 5_000_000
"""Bounds of one search, in characters: of the names compared, and of names over LONGEST_COMPARED, whose signs are
removed first. A search takes some tenths of a second; names beyond the bounds are not found."""
NO_LETTERS = re.compile(r"[\W_]+")
COPY = re.compile(r"\([0-9]{1,3}\)\Z")
"""The number that Excel gives a copied sheet: `Fases (2)`."""


def near_misses(missing: Collection[str], there: Iterable[str]) -> list[str]:
    """A clause for each missing name that is nearly there: `there is 'Of_Id ' with a blank at its end`.

    A name is near when it differs only in case, accents, letters that look alike, blanks, underscores, hyphens,
    other signs, invisible characters or a copy's number.
    """
    by_core: dict[str, str] = {}
    for name, core in _cores(there, MOST_COMPARED):
        by_core.setdefault(core, name)
    found = [(wanted, by_core[core]) for wanted in missing if (core := _core(wanted)) in by_core]
    return [f"there is {_visible(name)!r}{_difference(wanted, name)}" for wanted, name in found]


def header_row_of(rows: Sequence[tuple[int, Sequence[object]]], headers: Iterable[str]) -> int | None:
    """The Excel row with most of these headers among the first rows of a sheet; None if it is row 1."""
    wanted = {_core(header) for header in headers}
    most = MOST_COMPARED // max(len(rows), 1)
    found = {row: len(wanted & {core for _, core in _cores(map(str, cells), most)}) for row, cells in rows}
    best = max(found, key=lambda row: found[row], default=1)
    return best if best != 1 and found[best] * 2 > len(wanted) and found[best] > found.get(1, 0) else None


def _cores(names: Iterable[str], most: int) -> Iterator[tuple[str, str]]:
    """Each name that is compared, with its core, until all of them have more than `most` characters."""
    most_of_long = MOST_OF_LONG
    for name in names:
        letters = name
        if len(name) > LONGEST_COMPARED:
            most_of_long -= len(name)
            if most_of_long < 0:
                continue
            letters = NO_LETTERS.sub("", COPY.sub("", name))
        if len(letters) <= LONGEST_COMPARED:
            most -= len(letters)
            if most < 0:
                return
            yield name, _core(letters)


def _difference(wanted: str, name: str) -> str:
    for blank, called in {" ": "a blank", **BLANKS}.items():
        if name.rstrip(blank) == wanted:
            return f" with {called} at its end"
        if name.lstrip(blank) == wanted:
            return f" with {called} at its beginning"
    if name.strip() == wanted:
        return " with blanks around it"
    if _plain(name) == wanted:
        return " with an invisible character in it"
    if COPY.sub("", name).rstrip() == wanted:
        return " with the number of a copy at its end"
    if "".join(letter for letter in name if letter.isalnum() or letter in SIGNS) == wanted:
        return " with other signs in it"
    if name.casefold() == wanted.casefold():
        return " in other letters, large for small"
    if _core(name, keep=SIGNS) == _core(wanted, keep=SIGNS):
        return " with other accents or letters"
    return ""


def _visible(name: str) -> str:
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in shortened(name))


def _plain(name: str) -> str:
    return "".join(letter for letter in name if unicodedata.category(letter) != FORMATTING)


def _core(name: str, keep: str = "") -> str:
    """The letters and digits alone, in lower case and without accents."""
    letters = unicodedata.normalize("NFKD", COPY.sub("", name)).casefold().translate(ALIKE)
    return "".join(letter for letter in letters if letter.isalnum() or letter in keep)
