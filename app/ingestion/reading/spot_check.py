"""Checks one row of each piece that was converted in bulk: the XML parser must give the same text.

The checksums of such a piece are computed from the converted fields and cannot show a wrong conversion. One expression
converts all rows of a piece, so an error of it shows in any row.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from app.contract import Sheet
from app.ingestion.reading.copying import fields_of, lines_of
from app.workbook.opc.xml_walk import MAIN
from app.workbook.scanning.decoding import Decoder
from app.workbook.scanning.row_attributes import Prefixes
from app.workbook.scanning.sheet_xml import SheetFault, SheetParser
from app.workbook.typing import typed

ROW, ROW_END = b'<row r="', b"</row>"
CLOSING = b"</sheetData></worksheet>"


class SpotCheck:
    """The check for one sheet.

    places: the column of each contract column in the sheet, from 1.
    """

    def __init__(self, sheet: Sheet, places: Sequence[int], decoder: Decoder) -> None:
        self._sheet, self._places, self._decoder = sheet, places, decoder

    def __call__(self, rows: bytes, made: bytes, prefixes: Prefixes) -> None:
        """Raises SheetFault when the middle row of the piece differs from its COPY text."""
        start = max(rows.find(ROW, len(rows) // 2), 0)
        row = rows[start : rows.index(ROW_END, start) + len(ROW_END)]
        number = row[len(ROW) : row.index(b'"', len(ROW))]
        at = made.find(b"\n" + number + b"\t") + 1
        if made[at : made.index(b"\n", at)] != self._by_the_book(row, prefixes):
            raise SheetFault(f"row {number.decode()}", "two ways of reading it find different values")

    def _by_the_book(self, row: bytes, prefixes: Prefixes) -> bytes:
        parser = SheetParser(self._decoder, None)
        parser.wanted = frozenset(self._places)
        declared = "".join(f" xmlns:{prefix}={quoteattr(space)}" for prefix, space in prefixes.items())
        head = f'<worksheet xmlns="{MAIN[0]}"{declared}><sheetData>'.encode()
        chunk = typed(
            self._sheet,
            [
                (number, [cells.get(place, "") for place in self._places])
                for number, cells in parser.feed(head + row + CLOSING, True)
            ],
        )
        return "".join(lines_of(fields_of(self._sheet, chunk.excel_rows, chunk.columns))).encode()
