"""Random changes of a few rows that are written alike: bulk conversion and fast scan must give what the parser gives.

No file is written, so thousands of them take a second.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from functools import cache
from xml.parsers.expat import ExpatError

from app.contract import SHEET_BY_NAME
from app.ingestion.reading.bulk import BulkRows
from app.ingestion.reading.preparing import Prepared, prepare
from app.workbook.opc.xml_walk import MAIN
from app.workbook.scanning.decoding import Decoder
from app.workbook.scanning.formats import ELAPSED, PLAIN, STAMP
from app.workbook.scanning.regular import scan
from app.workbook.scanning.scan_typing import ScannedRows
from app.workbook.scanning.sheet_xml import SheetFault, SheetParser
from app.workbook.typing import typed, typed_scan
from tests.corpus.base import sound_row
from tests.corpus.changing import changed_text
from tests.corpus.grammar import NUMBERS, PIECES

SHEETS = ("Fases", "Modelos", "OrdensFabrico", "FasesOrdemFabrico", "OrdemFabricoErros", "FuncionariosFasesAptos")
TEXTS = ("x", "NULL", "one", " two ", "", "A_x0041_", "7", " & é ")
FORMATS = (PLAIN, STAMP, STAMP, ELAPSED, STAMP, PLAIN, PLAIN, ELAPSED, STAMP)
DECODERS = (Decoder(TEXTS, FORMATS), Decoder(TEXTS, FORMATS, is_1904=True))
PREFIXES = {"o": "http://o", "p": "http://o"}
HEAD = f'<worksheet xmlns="{MAIN[0]}" xmlns:o="http://o" xmlns:p="http://o"><sheetData>'.encode()
CLOSING = b"</sheetData></worksheet>"
ROWS = range(2, 8)
VALUE = re.compile("<v>([^<]*)</v>")
CELL_ATTRIBUTES = re.compile(r'<c r="[A-Z]+\d+"([^>]*)>')
ROW_ATTRIBUTES = re.compile(r'<row r="\d+"([^>]*)>')
WAYS = (
    "", ' t="s"', ' t="str"', ' t="n"', ' t="b"', ' t="e"', ' t="d"', ' s="0"', ' s="1"', ' s="2"', ' s="3"', ' s="4"',
    ' s="99"', ' s="1" t="n"', ' t="n" s="1"', ' s="0" t="s"', ' s="000001"', ' s=" 1"', " ", "/", ' r="9"', ' o:z="1"',
    ' o:z="1" p:z="1"', ' o:z="1" p:y="1"', ' q:z="1"', ' 1z="1"', ' spans="1:9"', ' ht="15.5" hidden="1"', " s='1'",
    ' xml:space="preserve"', ' xmlns="http://o"', ' s="1" s="1"', ' cm="1"',
)  # fmt: skip


@cache
def _sound(name: str) -> str:
    return "".join(sound_row(name, number) for number in ROWS)


def piece_fault(seed: int, ends: Counter[str]) -> str:
    """The fault of one piece; "" if there is none. ends: counts the ways in which pieces were taken."""
    dice = random.Random(seed)
    name = dice.choice(SHEETS)
    text = _sound(name)
    for _ in range(dice.randint(1, 3)):
        text = changed_text(text, dice) if dice.randrange(4) == 0 else _with_other_value(text, dice)
    rows = bytearray(text.encode())
    if dice.randrange(8) == 0:
        rows[dice.randrange(len(rows))] = dice.randrange(256)
    return _fault(name, bytes(rows), dice.choice(DECODERS), ends)


def _with_other_value(text: str, dice: random.Random) -> str:
    """One value, cell's attributes or row's attributes changed."""
    values = (*NUMBERS, *PIECES)
    ways = ((VALUE, values), (VALUE, values), (CELL_ATTRIBUTES, WAYS), (ROW_ATTRIBUTES, WAYS))
    pattern, others = dice.choice(ways)
    places = list(pattern.finditer(text))
    if not places:
        return text
    place = dice.choice(places)
    return text[: place.start(1)] + dice.choice(others) + text[place.end(1) :]


def _fault(name: str, rows: bytes, decoder: Decoder, ends: Counter[str]) -> str:
    sheet = SHEET_BY_NAME[name]
    places = list(range(1, len(sheet.columns) + 1))
    try:
        in_bulk = BulkRows(sheet, places, decoder)(rows, 1, PREFIXES)
    except (SheetFault, ExpatError) as error:
        return f"{name}: taken in bulk, {error!r}: {rows!r}"
    found = {"in bulk": prepare(sheet, in_bulk)} if in_bulk else {}
    scanned = scan(rows, 1, PREFIXES)
    if scanned is not None:
        try:
            found["quickly"] = prepare(sheet, typed_scan(sheet, ScannedRows(sheet, places, scanned, decoder)))
        except SheetFault:
            ends["refused"] += 1
    ends.update(found.keys() or ["left"])
    if not found:
        return ""
    try:
        expected = _by_parser(name, rows, decoder, places)
    except (SheetFault, ExpatError) as error:
        return f"{name}: taken {' and '.join(found)}, by the parser {error!r}: {rows!r}"
    wrong = [way for way, one in found.items() if repr(one) != repr(expected)]
    return f"{name}: {' and '.join(wrong)} differs from the parser: {rows!r}" if wrong else ""


def _by_parser(name: str, rows: bytes, decoder: Decoder, places: list[int]) -> Prepared:
    sheet = SHEET_BY_NAME[name]
    parser = SheetParser(decoder, None)
    parser.wanted, parser.last_row = frozenset(places), 1
    held = parser.feed(HEAD + rows + CLOSING, True)
    return prepare(
        sheet, typed(sheet, [(number, [cells.get(place, "") for place in places]) for number, cells in held])
    )
