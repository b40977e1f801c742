"""One cell's elements, as expat reports them, and the value that they make."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from tests.oracle.reading.workbook import Unreadable

ESCAPE = re.compile("_x([dD][89abAB][0-9a-fA-F]{2})__x([dD][c-fC-F][0-9a-fA-F]{2})_|_x([0-9a-fA-F]{4})_")
"""A pair that is one character, or any other character."""
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?)?")


class Unclear(Exception):
    """The file does not say what a cell holds, or holds no such sheet."""


class Cell:
    """One cell's elements, as they come."""

    def __init__(self, shared: Callable[[str], str], shown: Callable[[str, str], Any]) -> None:
        """shared: a text by its number. shown: what a format makes of a number."""
        self._shared, self._shown = shared, shown

    def begin(self, attributes: dict[str, str]) -> None:
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
        self._values: dict[str, list[str]] = {}
        self._seen: list[str] = []

    def element(self, path: list[str]) -> None:
        self._seen.append("/".join(path))

    def text(self, path: list[str], piece: str) -> None:
        is_foreign = path[:1] == ["extLst"] and any("?" in step for step in path)
        if "rPh" not in path and path != ["f"] and not is_foreign:
            self._values.setdefault(path[0] if path[-1:] in (["v"], ["t"]) else "", []).append(piece)

    def value(self, is_stale: bool = False) -> Any:
        """The value of the cell; Unclear, unraised, where only that is unclear: a caller may not need it. A formula of
        a workbook that is_stale has none.

        Raises Unclear where it holds two things, or something in a wrong place.
        """
        held = {place: "".join(pieces) for place, pieces in self._values.items() if place or "".join(pieces).strip()}
        if (
            len(held) > 1
            or max(map(self._seen.count, ("v", "is", "f", "is/t"))) > 1
            or any("?" in one for one in self._seen if not one.startswith("extLst/ext/"))
        ):
            raise Unclear(f"a cell of {self._seen}")
        if not held:
            is_empty_text = self._kind == "str" and "v" in self._seen
            return Unreadable("formula") if "f" in self._seen and not is_empty_text else None
        if is_stale and "f" in self._seen:
            return Unreadable("formula")
        ((place, text),) = held.items()
        if place != ("is" if self._kind == "inlineStr" else "v"):
            raise Unclear(f"{place} in {self._kind}")
        try:
            return self._meaning(text)
        except (ValueError, LookupError, Unclear) as error:
            return Unclear(f"{text[:40]}: {error!r}")

    def _meaning(self, text: str) -> Any:
        if self._kind in ("inlineStr", "str"):
            return meant(text)
        text = text.strip(" \t\r\n")
        if self._kind == "s":
            return self._shared(text)
        if self._kind == "e":
            return Unreadable(text)
        if self._kind == "b":
            return {"1": True, "true": True, "0": False, "false": False}[text]
        if self._kind == "d":
            try:
                return dt.datetime.fromisoformat(text) if DATE.fullmatch(text) else text
            except ValueError:
                return text
        if self._kind != "n":
            raise Unclear(self._kind)
        if not text:
            return Unreadable("blanks")
        return self._shown(text, self._style)


def meant(text: str) -> str:
    """A text with its escapes decoded."""

    def one(match: re.Match[str]) -> str:
        if match[1]:
            return bytes.fromhex(match[1] + match[2]).decode("utf-16-be")
        letter = chr(int(match[3], 16))
        return match[0] if 0xD800 <= ord(letter) < 0xE000 else letter

    return ESCAPE.sub(one, text)
