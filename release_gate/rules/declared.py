"""The format of a declaration: keys, types, and messages about a table of another format.

The published JSON Schema (docs/schemas/release_gate.schema.json) is generated from these types.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from release_gate.rules.model import Seal

UNSEEN = r"\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
"""Control characters, and those that change how a text is shown without being seen themselves."""
END = r"$(?!\n)"
"""The end; for Python alone, `$` also stands before a line break that ends the text."""
NAME = rf"^[^\s{UNSEEN}]+{END}"
TEXT = r"\S"
MARKER = rf"^(?!(?:and|or|not){END})\w[\w.-]*{END}"
PATH = rf"^(?!\s)[^{UNSEEN}]*[^\s{UNSEEN}]{END}"
FORMS = {
    NAME: "a text without blanks",
    TEXT: "a text that is not blank",
    MARKER: "the name of a marker, such as prod_ready",
    PATH: "a path without blanks at its ends",
}
KINDS = {
    "str": "a text",
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "array": "a list",
    "object": "a table",
    "datetime": "a time",
    "date": "a date",
    "time": "a time of day",
}

Name = Annotated[str, Meta(pattern=NAME, max_length=80)]
Text = Annotated[str, Meta(pattern=TEXT)]
Marker = Annotated[str, Meta(pattern=MARKER)]
FilePath = Annotated[str, Meta(pattern=PATH)]
Seconds = Annotated[float, Meta(gt=0, le=31_536_000)]
"""At most a year: systems cannot wait for centuries, which overflow their clocks."""


class DeclaredCriterion(Struct, frozen=True, forbid_unknown_fields=True):
    """A criterion. always: also runs after a critical failure; left out, it does where one of its checks seals."""

    id: Name
    title: Text
    waivable: bool = True
    always: bool | None = None


class DeclaredCheck(Struct, frozen=True, forbid_unknown_fields=True):
    """A required check. criterion: left out, it is the id's first letter.

    trial, trial_until: until the end of that day it is run and reported and decides nothing. remeasure: it is run once
    more where it could not measure.
    """

    id: Name
    title: Text
    category: Name
    fix: Annotated[list[Text], Meta(min_length=1)]
    acceptance: Text
    criterion: Name | None = None
    critical: bool = False
    seals: Seal | None = None
    timeout_s: Seconds | None = None
    trial: bool = False
    trial_until: date | None = None
    remeasure: bool = False


class DeclaredGate(Struct, frozen=True, forbid_unknown_fields=True):
    """All of a declaration."""

    criteria: Annotated[list[DeclaredCriterion], Meta(min_length=1)]
    checks: Annotated[list[DeclaredCheck], Meta(min_length=1)]
    title: Text | None = None
    marker: Marker = "release"
    runs_dir: FilePath = "docs/_runs"
    docs_dir: FilePath = "docs"
    waivers: FilePath = "docs/release_waivers.toml"
    lock: FilePath | None = None
    paths: list[FilePath] = []
    categories: list[Name] = []
    artefacts: list[FilePath] = []
    schemas: dict[FilePath, FilePath] = {}
    allowed_options: list[Text] = []
    setup: Text | None = None
    timeout_s: Seconds | None = None
    generated: list[FilePath] = []
    language_variable: Name | None = None


LIMITS = {">": "above", ">=": "of at least", "<": "below", "<=": "of at most"}
Place = tuple[str | int, ...]
Form = TypeVar("Form", bound=Struct)


class FormError(Exception):
    """A table of another format. place: the keys and positions of the fault; what: a sentence."""

    code = "BAD_FORM"

    def __init__(self, place: Place, what: str) -> None:
        self.place, self.what = place, what
        super().__init__(what)


def formed(table: Mapping[str, Any], form: type[Form]) -> Form:
    """The table as an instance of `form`. Raises FormError for the first key that does not fit."""
    try:
        return msgspec.convert(table, form)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `")
        place = _place(where.removesuffix("`"))
        raise FormError(*_told(message, place, table)) from error


def quoted_dates(table: Mapping[str, Any]) -> Iterator[FormError]:
    """Dates in quotes in a declaration's file. In a journal, which is JSON, every date is in quotes."""
    for index, check in enumerate(table.get("checks", ())):
        day = check.get("trial_until")
        if isinstance(day, str):
            yield FormError(("checks", index, "trial_until"), f"expected a date without quotes, found {_shown(day)}.")


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a declaration in a file of its own."""
    made = msgspec.json.schema(DeclaredGate)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Release gate declaration"} | made


def entry_at(table: Any, place: Place) -> Any:
    """The entry at a place; None where there is none."""
    for step in place:
        try:
            table = table[step]
        except (KeyError, IndexError, TypeError):
            return None
    return table


def _place(where: str) -> Place:
    steps = re.findall(r"\[(\d+)\]|\.([^.\[]+)|(\[\.\.\.\])", where)
    return tuple(int(number) if number else name for number, name, _ in steps if number or name)


def _told(message: str, place: Place, table: Mapping[str, Any]) -> tuple[Place, str]:
    """The place of a fault, as exactly as possible, and the fault in plain words."""
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", message, re.DOTALL)
    if unknown:
        fields = _fields_at(place)
        near = get_close_matches(unknown[1], fields, 1)
        meant = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(fields)}."
        return (*place, unknown[1]), f'the key "{unknown[1]}" is unknown; {meant}'
    lacks = re.fullmatch(r"Object missing required field `(.*)`", message)
    if lacks:
        return place, f'the key "{lacks[1]}" is missing.'
    found = entry_at(table, place)
    if place[-1:] == ("seals",):
        rules = ", ".join(f'seals = "{seal.value}"' for seal in Seal)
        return place, f"seals = {_shown(found)} is no rule; there are {rules}."
    return place, f"expected {_expected(message)}, found {_shown(found)}."


def _expected(message: str) -> str:
    for pattern, words in FORMS.items():
        if message.endswith(f"matching regex {pattern!r}"):
            return words
    limit = re.match(r"Expected `float` ([<>]=?) ([\d.]+)", message)
    if limit:
        return f"a number {LIMITS[limit[1]]} {float(limit[2]):.15g}"
    if "length" in message:
        return message.removeprefix("Expected ").replace("`array`", "a list").replace("`str`", "a text")
    kinds = re.findall(r"\w+", message.partition(", got")[0].removeprefix("Expected "))
    return " or ".join(KINDS.get(kind, kind) for kind in kinds if kind != "null")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = f'"{value}"' if isinstance(value, str) else str(value)
    text = " ".join(text.split(" ")).replace("\n", "\\n")
    return text if len(text) <= 80 else text[:79] + "…"


def _fields_at(place: Place) -> list[str]:
    forms: dict[str, type[Struct]] = {"criteria": DeclaredCriterion, "checks": DeclaredCheck}
    form = forms[str(place[0])] if place else DeclaredGate
    return [field.encode_name for field in msgspec.structs.fields(form)]
