"""Checks three rows of each piece that was converted in bulk: the XML parser must give the same text.

The checksums of such a piece are computed from the converted fields and cannot show a wrong conversion. One expression
converts all rows of a piece, so an error of it shows in any row; an error at the piece's ends shows in the first or the
last. The third row depends on the content, so that every place is checked in some piece.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import quoteattr
from zlib import crc32

from app.contract import Sheet
from app.ingestion.reading.copying import fields_of, lines_of
from app.workbook.opc.xml_walk import MAIN
from app.workbook.scanning.decoding import Decoder
from app.workbook.scanning.row_attributes import Prefixes
from app.workbook.scanning.sheet_xml import SheetFault, SheetParser
from app.workbook.typing import typed

ROW, ROW_END = b'<row r="', b"</row>"
CLOSING = b"</sheetData></worksheet>"
STRIDE = 4_099
"""Distance of the bytes that select the third row."""


class SpotCheck:
    """The check for one sheet.

    places: the column of each contract column in the sheet, from 1.
    """

    def __init__(self, sheet: Sheet, places: Sequence[int], decoder: Decoder) -> None:
        self._sheet, self._places, self._decoder = sheet, places, decoder

    def __call__(self, rows: bytes, made: bytes, prefixes: Prefixes) -> None:
        """Raises SheetFault when a chosen row of the piece differs from its COPY text."""
        chosen = list(_chosen(rows))
        lines = self._by_parser(b"".join(chosen), prefixes)
        for row, line in zip(chosen, lines, strict=True):
            number = row[len(ROW) : row.index(b'"', len(ROW))]
            at = made.find(b"\n" + number + b"\t") + 1
            if made[at : made.index(b"\n", at)] != line.encode():
                raise SheetFault(f"row {number.decode()}", "two ways of reading it find different values")

    def _by_parser(self, rows: bytes, prefixes: Prefixes) -> list[str]:
        parser = SheetParser(self._decoder, None)
        parser.wanted = frozenset(self._places)
        declared = "".join(f" xmlns:{prefix}={quoteattr(space)}" for prefix, space in prefixes.items())
        head = f'<worksheet xmlns="{MAIN[0]}"{declared}><sheetData>'.encode()
        chunk = typed(
            self._sheet,
            [
                (number, [cells.get(place, "") for place in self._places])
                for number, cells in parser.feed(head + rows + CLOSING, True)
            ],
        )
        return lines_of(fields_of(self._sheet, chunk.excel_rows, chunk.columns))


def _chosen(rows: bytes) -> Iterator[bytes]:
    """The first row, one that the content selects, and the last; each row once."""
    first, last = rows.find(ROW), rows.rfind(ROW)
    by_content = rows.rfind(ROW, 0, crc32(rows[::STRIDE]) % len(rows) + len(ROW))
    for start in sorted({first, max(first, by_content), last}):
        yield rows[start : rows.index(ROW_END, start) + len(ROW_END)]
