"""A text in both languages of the gate."""

from __future__ import annotations

from typing import Annotated

import msgspec

Short = Annotated[str, msgspec.Meta(max_length=4000)]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One text in both languages."""

    en: Short
    pt: Short


def joined(*parts: str | Words) -> Words:
    """The parts joined to one text, in each language."""
    en, pt = (
        "".join(part if isinstance(part, str) else getattr(part, language) for part in parts)
        for language in ("en", "pt")
    )
    return Words(en, pt)


def cut(text: str | Words, characters: int) -> str | Words:
    """The text, in each language limited to this number of characters."""
    if isinstance(text, Words):
        return Words(_cut(text.en, characters), _cut(text.pt, characters))
    return _cut(text, characters)


def _cut(text: str, characters: int) -> str:
    return text if len(text) <= characters else text[: characters - 1] + "…"
