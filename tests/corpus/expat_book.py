"""A workbook's package, texts, formats and sheets, read by expat alone."""

from __future__ import annotations

import datetime as dt
import posixpath
import re
import zipfile
from collections.abc import Callable
from fractions import Fraction
from typing import Any
from urllib.parse import unquote
from xml.parsers import expat

from tests.corpus.base import MAIN, STRICT
from tests.corpus.expat_cell import Cell, Unclear, meant
from tests.oracle.reading.workbook import Unreadable

OWN = {MAIN, STRICT}
CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]*)")


class Book:
    """An open workbook."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {_plain("/" + name): name for name in archive.namelist()}
        roots = [target for kind, target in self._related("").values() if kind == "officeDocument"]
        root = roots[0] if roots else "/xl/workbook.xml"
        related = self._related(root)
        self._sheets: dict[str, str] = {}
        self._is_1904 = self._is_stale = False

        def start(path: list[str], attributes: dict[str, str]) -> None:
            if path[-1] == "calcPr":
                is_on = {name: text.strip() in ("1", "true") for name, text in attributes.items()}
                by_hand = attributes.get("calcMode") == "manual" and not is_on.get("calcOnSave", True)
                self._is_stale |= is_on.get("fullCalcOnLoad", False) or not is_on.get("calcCompleted", True) or by_hand
            elif path == ["workbook", "workbookPr"]:
                self._is_1904 = attributes.get("date1904", "0").strip() in ("1", "true")
            elif path == ["workbook", "sheets", "sheet"]:
                (relation,) = (value for name, value in attributes.items() if name.endswith("/relationships id"))
                if attributes["name"] in self._sheets:
                    raise Unclear(attributes["name"])
                self._sheets[attributes["name"]] = related[relation][1]

        self._walk(root, start)
        self._texts = self._shared([target for kind, target in related.values() if kind == "sharedStrings"])
        self._formats = self._stamps([target for kind, target in related.values() if kind == "styles"])

    def _related(self, part: str) -> dict[str, tuple[str, str]]:
        folder, name = posixpath.split(part or "/")
        found: dict[str, tuple[str, str]] = {}

        def start(path: list[str], attributes: dict[str, str]) -> None:
            if len(path) == 2 and "Id" in attributes and attributes.get("TargetMode") != "External":
                found[attributes["Id"]] = (
                    attributes["Type"].split("/")[-1],
                    _plain(posixpath.join(folder, attributes["Target"].replace("\\", "/"))),
                )

        self._walk(f"{folder.rstrip('/')}/_rels/{name}.rels", start, own=False)
        return found

    def _walk(
        self,
        part: str,
        start: Callable[[list[str], dict[str, str]], None],
        end: Callable[[list[str]], None] | None = None,
        text: Callable[[list[str], str], None] | None = None,
        own: bool = True,
    ) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        path: list[str] = []

        def started(name: str, attributes: dict[str, str]) -> None:
            space, _, local = name.rpartition(" ")
            path.append(local if not own or space in OWN else f"?{local}")
            start(path, attributes)

        def ended(_: str) -> None:
            if end is not None:
                end(path)
            path.pop()

        parser.StartElementHandler, parser.EndElementHandler = started, ended
        if text is not None:
            parser.CharacterDataHandler = lambda piece: text(path, piece)
        with self._archive.open(self._names[_plain(part)]) as file:
            parser.ParseFile(file)

    def _shared(self, parts: list[str]) -> list[str]:
        found: list[list[str]] = []

        def start(path: list[str], _: dict[str, str]) -> None:
            if path == ["sst", "si"]:
                found.append([])

        def text(path: list[str], piece: str) -> None:
            if path in (["sst", "si", "t"], ["sst", "si", "r", "t"]):
                found[-1].append(piece)

        if len(parts) > 1:
            raise Unclear("two tables of texts")
        for part in parts:
            self._walk(part, start, text=text)
        return [meant("".join(pieces)) for pieces in found]

    def _stamps(self, parts: list[str]) -> list[str]:
        codes = dict.fromkeys((*range(14, 23), *range(27, 37), 45, 47, *range(50, 59), *range(71, 82)), "d")
        codes |= {46: "[h]", 79: "[h]"}
        found: list[str] = []

        def start(path: list[str], attributes: dict[str, str]) -> None:
            if path[-1] == "numFmt" and len(path) == 3:
                codes[int(attributes["numFmtId"])] = attributes["formatCode"]
            elif path == ["styleSheet", "cellXfs", "xf"]:
                found.append(_way(codes.get(int(attributes.get("numFmtId", 0)), "")))

        if len(parts) > 1:
            raise Unclear("two tables of formats")
        for part in parts:
            self._walk(part, start)
        return found

    def cells(self, sheet: str) -> dict[int, dict[int, Any]]:
        """The values of a sheet's cells, by row and column number."""
        found: dict[int, dict[int, Any]] = {}
        reading = Cell(self.shared, self.shown)
        at = [0, 0]

        def start(path: list[str], attributes: dict[str, str]) -> None:
            local = path[-1].lstrip("?")
            if local == "row":
                at[:] = [int(attributes.get("r", at[0] + 1)), 0]
                if path != ["worksheet", "sheetData", "row"] or at[0] in found or not 0 < at[0] <= 2**20:
                    raise Unclear(f"row {at[0]}")
                found[at[0]] = {}
            elif local == "c" and "row" in path:
                match = CELL.fullmatch(attributes.get("r", f"{letters_of(at[1] + 1)}{at[0]}"))
                if match is None or int(match[2]) != at[0] or _number(match[1]) <= at[1] or path[-2] != "row":
                    raise Unclear(f"cell {attributes}")
                at[1] = _number(match[1])
                reading.begin(attributes)
            elif "c" in path:
                reading.element(path[path.index("c") + 1 :])

        def text(path: list[str], piece: str) -> None:
            if "c" in path:
                reading.text(path[path.index("c") + 1 :], piece)

        def end(path: list[str]) -> None:
            if path[-1] == "c" and (value := reading.value(self._is_stale)) is not None:
                found[at[0]][at[1]] = value

        self._walk(self._sheets[sheet], start, end, text)
        return found

    def shared(self, number: str) -> str:
        """A shared text by its number."""
        if not number.isdecimal() or int(number) >= len(self._texts):
            raise Unclear(f"text {number}")
        return self._texts[int(number)]

    def shown(self, number: str, style: str) -> Any:
        """A number, or what its format makes of it."""
        way = self._formats[int(style)] if self._formats else ""
        value = float(number)
        if way == "duration":
            return Unreadable("a duration") if abs(value) < 10**9 else value
        if way != "stamp" or abs(value) >= 2_958_000:
            return value
        if 0 <= value < 1 and not self._is_1904:
            return Unreadable("a time of day")
        days, part = divmod(Fraction(value), 1)
        first = dt.datetime(1904, 1, 1) if self._is_1904 else dt.datetime(1899, 12, 30)
        return first + dt.timedelta(days=int(days), milliseconds=round(part * 86_400_000))


def _way(code: str) -> str:
    """The kind of a number format: "stamp", "duration" or "" for as it is."""
    if re.search(r"\[(h+|m+|s+)\]", code, re.IGNORECASE):
        return "duration"
    parts = re.sub(r'"[^"]*"|\[(?![=<])[^][]*\]|[\\_*].', "", code).split(";")
    while len(parts) > 1 and re.match(r"\[(=0|<=?[01])\]", parts[0]):
        del parts[0]
    bare = re.sub(r"\[[^][]*\]", "", parts[0])
    return "stamp" if re.search("[dmyhs]", bare, re.IGNORECASE) else ""


def _plain(name: str) -> str:
    return posixpath.normpath("/" + unquote(name.replace("\\", "/")).lstrip("/")).lower()


def _number(column: str) -> int:
    return sum((ord(letter) - 64) * 26**n for n, letter in enumerate(reversed(column)))


def letters_of(number: int) -> str:
    return "" if not number else letters_of((number - 1) // 26) + chr(65 + (number - 1) % 26)
