"""The values that a workbook's file holds, read by expat alone: no reader of workbooks, no code of the product.

It is written from docs/ingestion.md, and knows less than the product: names of parts as the base workbook has them, or
whatever its relationships lead to. Where a file says one thing twice or nothing clearly it raises Unclear.
"""

from __future__ import annotations

import datetime as dt
import posixpath
import re
import zipfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.parsers import expat

from tests.corpus.base import MAIN, STRICT
from tests.oracle.workbook import SHEETS, TEXT, Fault, Unreadable, typed

OWN = {MAIN, STRICT}
CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]*)")
ESCAPE = re.compile("_x([0-9a-fA-F]{4})_")
PRECEDENCE = ("NULL_KEY", "INVALID_TYPE", "OUT_OF_RANGE")
Rows = dict[int, tuple[str | None, list[Any]]]
"""By Excel row: the reason of its refusal, or None, and the values of the contract's columns."""


class Unclear(Exception):
    """The file does not say what a cell holds, or holds no such sheet."""


def values_of(path: Path) -> dict[str, Rows]:
    """Every sheet's rows with their values. Raises Unclear, and what expat and zipfile raise."""
    with zipfile.ZipFile(path) as archive:
        book = _Book(archive)
        return {sheet: book.rows(sheet) for sheet in SHEETS}


class _Book:
    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {_plain("/" + name): name for name in archive.namelist()}
        roots = [target for kind, target in self._related("").values() if kind == "officeDocument"]
        root = roots[0] if roots else "/xl/workbook.xml"
        related = self._related(root)
        self._sheets: dict[str, str] = {}
        self._is_1904 = False

        def start(path: list[str], attributes: dict[str, str]) -> None:
            if path == ["workbook", "workbookPr"]:
                self._is_1904 = attributes.get("date1904") in ("1", "true")
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
            if len(path) == 2 and attributes.get("TargetMode") != "External":
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
        return [_meant("".join(pieces)) for pieces in found]

    def _stamps(self, parts: list[str]) -> list[str]:
        codes = dict.fromkeys((*range(14, 23), 45, 47), "d") | {46: "[h]"}
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

    def rows(self, sheet: str) -> Rows:
        """The data rows of one sheet."""
        cells = self._cells(self._sheets[sheet])
        headers = {str(value): column for column, value in cells.pop(1, {}).items()}
        key, columns = SHEETS[sheet]
        return {
            number: _judged([held.get(headers[name], "") for name in columns], key.split(), columns)
            for number, held in cells.items()
            if held
        }

    def _cells(self, part: str) -> dict[int, dict[int, Any]]:
        found: dict[int, dict[int, Any]] = {}
        reading = _Cell(self)
        at = [0, 0]

        def start(path: list[str], attributes: dict[str, str]) -> None:
            local = path[-1].lstrip("?")
            if local == "row":
                at[:] = [int(attributes.get("r", at[0] + 1)), 0]
                if path != ["worksheet", "sheetData", "row"] or at[0] in found or not 0 < at[0] <= 2**20:
                    raise Unclear(f"row {at[0]}")
                found[at[0]] = {}
            elif local == "c" and "row" in path:
                match = CELL.fullmatch(attributes.get("r", f"{_letters(at[1] + 1)}{at[0]}"))
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
            if path[-1] == "c" and (value := reading.value()) is not None:
                found[at[0]][at[1]] = value

        self._walk(part, start, end, text)
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
        if value < 1:
            return Unreadable("a time of day")
        days, part = divmod(Fraction(value), 1)
        first = dt.datetime(1904, 1, 1) if self._is_1904 else dt.datetime(1899, 12, 30)
        return first + dt.timedelta(days=int(days), milliseconds=round(part * 86_400_000))


class _Cell:
    """One cell's elements, as they come."""

    def __init__(self, book: _Book) -> None:
        self._book = book

    def begin(self, attributes: dict[str, str]) -> None:
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
        self._values: dict[str, list[str]] = {}
        self._seen: list[str] = []

    def element(self, path: list[str]) -> None:
        self._seen.append("/".join(path))

    def text(self, path: list[str], piece: str) -> None:
        if "rPh" not in path and path != ["f"]:
            self._values.setdefault(path[0] if path else "", []).append(piece)

    def value(self) -> Any:
        held = {place: "".join(pieces) for place, pieces in self._values.items() if place or "".join(pieces).strip()}
        if (
            len(held) > 1
            or max(map(self._seen.count, ("v", "is", "f", "is/t"))) > 1
            or any("?" in one for one in self._seen)
        ):
            raise Unclear(f"a cell of {self._seen}")
        if not held:
            is_empty_text = self._kind == "str" and "v" in self._seen
            return Unreadable("formula") if "f" in self._seen and not is_empty_text else None
        ((place, text),) = held.items()
        if place != ("is" if self._kind == "inlineStr" else "v"):
            raise Unclear(f"{place} in {self._kind}")
        if self._kind in ("inlineStr", "str"):
            return _meant(text)
        text = text.strip(" \t\r\n")
        if self._kind == "s":
            return self._book.shared(text)
        if self._kind == "e":
            return Unreadable(text)
        if self._kind == "b":
            return {"1": True, "true": True, "0": False, "false": False}[text]
        if self._kind == "d":
            try:
                moment = dt.datetime.fromisoformat(text)
            except ValueError:
                return text
            return text if moment.tzinfo else moment
        if self._kind != "n":
            raise Unclear(self._kind)
        return self._book.shown(text, self._style)


def _judged(cells: list[Any], keys: list[str], columns: dict[str, tuple[str, bool]]) -> tuple[str | None, list[Any]]:
    codes, values = set(), []
    for cell, (header, (kind, nullable)) in zip(cells, columns.items(), strict=True):
        value = None
        if isinstance(cell, str) and cell in ("", "NULL"):
            if not nullable:
                codes.add("NULL_KEY" if header in keys else "INVALID_TYPE")
        elif kind == TEXT and isinstance(cell, str) and "\0" in cell:
            codes.add("INVALID_TYPE")
        else:
            try:
                value = typed(kind, cell)
                if isinstance(value, float):
                    value += 0.0  # -0 is 0
            except Fault as fault:
                codes.add(str(fault))
        values.append(value)
    return next((code for code in PRECEDENCE if code in codes), None), values


def _meant(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        letter = chr(int(match[1], 16))
        return match[0] if 0xD800 <= ord(letter) < 0xE000 else letter

    return ESCAPE.sub(one, text)


def _way(code: str) -> str:
    """How a format shows a number: "stamp", "duration" or "" for as it is."""
    if re.search(r"\[(h+|m+|s+)\]", code, re.IGNORECASE):
        return "duration"
    bare = re.sub(r'"[^"]*"|\[[^\]]*\]|[\\_].', "", code).split(";")[0]
    return "stamp" if re.search("[dmyhs]", bare, re.IGNORECASE) else ""


def _plain(name: str) -> str:
    return posixpath.normpath("/" + unquote(name.replace("\\", "/")).lstrip("/")).lower()


def _number(column: str) -> int:
    return sum((ord(letter) - 64) * 26**n for n, letter in enumerate(reversed(column)))


def _letters(number: int) -> str:
    return "" if not number else _letters((number - 1) // 26) + chr(65 + (number - 1) % 26)


def differences(ours: dict[str, Rows], theirs: dict[str, Rows]) -> Iterator[str]:
    """Where two readings differ: a row that one of them lacks, another reason, or another value of a sound row."""
    for sheet in ours:
        for number in sorted(ours[sheet].keys() | theirs[sheet].keys()):
            one, other = ours[sheet].get(number), theirs[sheet].get(number)
            if one is None or other is None or one[0] != other[0] or (one[0] is None and not _equal(one[1], other[1])):
                yield f"{sheet} row {number}: the product has {one}, the file {other}"


def _equal(ours: list[Any], theirs: list[Any]) -> bool:
    return list(map(repr, ours)) == list(map(repr, theirs))
