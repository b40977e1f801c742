"""Reads one sheet once, from beginning to end: pieces of the usual shape at once, other pieces with the XML parser.

A piece that is not of the usual shape is parsed alone if it is well-formed by itself. Otherwise (a comment or CDATA
spans its end) it is parsed together with the rest of the sheet. Both give the same as parsing the whole sheet: every
earlier piece was balanced, so the parser's state at this place is known.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import IO, TypeAlias
from xml.parsers.expat import ErrorString, ExpatError

from app.workbook.column_letters import column_letters
from app.workbook.oddities import UncachedFormula
from app.workbook.scanning.alike import InBulk
from app.workbook.scanning.census import Census
from app.workbook.scanning.decoding import Decoder
from app.workbook.scanning.regular import Scanned, scan
from app.workbook.scanning.row_attributes import NO_PREFIXES, Prefixes, declared_prefixes
from app.workbook.scanning.sheet_xml import FEWEST_VALUES, Cell, Row, SheetFault, SheetParser

BLOCK_BYTES = 1 << 20
PIECE_BYTES = 1_000_000
LONGEST_HEAD_BYTES = 1 << 20
FIRST_ROW = re.compile(rb"<row[\s/>]")
ROW_END = b"</row>"
ROWS_END = b"</sheetData>"
HIDDEN_ROW = re.compile(rb"""<(?:\w+:)?row\b[^<>]*\shidden\s*=\s*["'](?:1|true)["']""")
LONGEST_TAG_BYTES = 4096
CLOSING = b"</sheetData></worksheet>"
OTHER_ENCODING = re.compile(rb"""\A(?:\xef\xbb\xbf)?\s*<\?xml[^>]*encoding\s*=\s*["'](?!utf-8["'])""", re.IGNORECASE)

Part: TypeAlias = Scanned | InBulk | list[Row]
TakeInBulk: TypeAlias = Callable[[bytes, int, Prefixes], InBulk | None]
Choose: TypeAlias = Callable[[dict[int, Cell]], Collection[int]]


class SheetStream:
    """A sheet's rows; iterate over `parts` once.

    sha256: of its XML, after the iteration. hidden_rows: the number of rows hidden by hand or by a filter; they are
    read as well. hidden_columns: first and last column of each hidden group, from 1.

    choose: called once with the cells of row 1 (none when there is no row 1); returns the wanted columns. in_bulk:
    called after `choose` with each piece, the number of the row before it and the prefixes in force; returns None for a
    piece that it cannot convert.
    """

    def __init__(
        self, file: IO[bytes], decoder: Decoder, choose: Choose | None, in_bulk: TakeInBulk | None = None
    ) -> None:
        self._file = file
        self._decoder = decoder
        self._choose = choose
        self._in_bulk = in_bulk
        self._digest = hashlib.sha256()
        self.hidden_rows = 0
        self.hidden_columns: list[tuple[int, int]] = []
        self._unfinished_tag = b""
        self._wanted: Collection[int] | None = None
        self._is_chosen = False
        self._last_row = self._last_data = 0
        self._buffer = b""
        self._is_over = False
        self._prefixes: Prefixes = NO_PREFIXES

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def parts(self) -> Iterator[Part]:
        """The rows in their order. Raises SheetFault, ExpatError, DeclaresEntities, and what a broken zip raises."""
        head = self._head()
        if head is None:
            yield from self._by_parser(b"")
            return
        end = self._filled(ROW_END, 0)
        first = self._buffer[: end + len(ROW_END)] if end >= 0 else b""
        if not first or (rows := self._alone(head, first)) is None:
            yield from self._by_parser(head)
            return
        self._take(len(first))
        if rows:
            yield rows
        yield from self._pieces(head)

    def _pieces(self, head: bytes) -> Iterator[Part]:
        is_last = False
        while not is_last:
            piece, is_last = self._next_piece()
            found: Part | None = [] if piece is not None else None
            if piece:
                found = self._at_once(piece) or self._alone(head, piece)
            if found is None or piece is None:
                yield from self._by_parser(head)
                return
            self._take(len(piece))
            if found or not isinstance(found, list):
                yield found
        yield from self._by_parser(head)  # what follows the rows

    def _at_once(self, piece: bytes) -> Scanned | InBulk | None:
        """A piece of rows that is read at once, or None."""
        if not self._is_chosen:
            return None
        in_bulk = self._in_bulk(piece, self._last_row, self._prefixes) if self._in_bulk else None
        if in_bulk:
            self._last_row = self._last_data = in_bulk.last_row
            return in_bulk
        scanned = scan(piece, self._last_row, self._prefixes)
        if scanned:
            self._last_row = int(scanned.numbers[-1])
            data = scanned.values_of_rows(self._wanted or ()) >= FEWEST_VALUES
            self._last_data = int(scanned.numbers[data].max(initial=self._last_data))
            self._require_all_rows(piece, scanned)
        return scanned

    def _head(self) -> bytes | None:
        """The bytes before the first row, removed from the buffer; None when the sheet must be parsed."""
        while True:
            match = FIRST_ROW.search(self._buffer)
            if match or len(self._buffer) > LONGEST_HEAD_BYTES or not self._more():
                break
        if match is None:
            return None
        head = self._buffer[: match.start()]
        if OTHER_ENCODING.match(head):
            return None
        parser = self._parser()
        try:
            parser.feed(head)
            if not parser.is_among_rows:
                return None
            parser.feed(CLOSING, True)
            self._prefixes = declared_prefixes(head)
        except (ExpatError, SheetFault):
            return None
        self._take(len(head))
        self.hidden_columns = parser.hidden_columns
        return head

    def _next_piece(self) -> tuple[bytes | None, bool]:
        """The next rows, left in the buffer, and True if they are the last ones; None when no end of a row follows."""
        searched = 0
        while True:
            end = self._buffer.find(ROWS_END, max(searched - len(ROWS_END), 0))
            if end >= 0:
                return self._buffer[:end], True
            searched = len(self._buffer)
            if searched >= PIECE_BYTES:
                cut = self._buffer.rfind(ROW_END) + len(ROW_END)
                if cut >= len(ROW_END):
                    return self._buffer[:cut], False
            if searched > 4 * PIECE_BYTES or not self._more():
                return None, True

    def _alone(self, head: bytes, rows: bytes) -> list[Row] | None:
        """The rows of a piece, parsed alone; None when it is not well-formed by itself."""
        parser, census = self._parser(), Census()
        try:
            parser.feed(head)
            found = parser.feed(rows)
            if not parser.is_among_rows:
                return None
            parser.feed(CLOSING, True)
            census.feed(head + rows + CLOSING, True)
        except ExpatError:
            return None
        self._last_row, self._last_data = parser.last_row, parser.last_data
        self._chosen_by(parser)
        _require_equal(census, found, self._wanted)
        return found

    def _by_parser(self, head: bytes) -> Iterator[Part]:
        """The rest of the sheet, parsed with the head before it."""
        parser, census = self._parser(), Census()
        handed = CellCounts()
        with _in_words(parser):
            parser.feed(head)
        census.feed(head)
        is_over = False
        while not is_over:
            block, self._buffer = self._buffer, b""
            is_over = not block and not self._more()
            with _in_words(parser):
                rows = parser.feed(block, is_over)
            census.feed(block, is_over)
            self._chosen_by(parser)
            handed.add(rows)
            if rows:
                yield rows
        self.hidden_columns = parser.hidden_columns
        if not parser.sheets_of_cells:
            raise SheetFault("", "it has no <sheetData>, so no rows")
        if not self._is_chosen and self._choose is not None:
            self._wanted, self._is_chosen = self._choose({}), True
        handed.require(census, self._wanted)

    def _parser(self) -> SheetParser:
        parser = SheetParser(self._decoder, self._choose)
        parser.wanted, parser.last_row, parser.last_data = self._wanted, self._last_row, self._last_data
        return parser

    def _chosen_by(self, parser: SheetParser) -> None:
        if not self._is_chosen and parser.wanted is not None:
            self._wanted, self._is_chosen = parser.wanted, True

    def _require_all_rows(self, piece: bytes, found: Scanned) -> None:
        """Raises SheetFault unless as many rows were found as row elements end in the piece."""
        if piece.count(ROW_END) != len(found.numbers):
            raise SheetFault(f"row {self._last_row}", "it and its neighbours cannot be told apart")

    def _filled(self, sign: bytes, start: int) -> int:
        while (at := self._buffer.find(sign, start)) < 0 and len(self._buffer) < 2 * PIECE_BYTES:
            if not self._more():
                break
        return at

    def _more(self) -> bool:
        block = self._file.read(BLOCK_BYTES)
        self._digest.update(block)
        self._count_hidden(block)
        self._buffer += block
        return bool(block)

    def _count_hidden(self, block: bytes) -> None:
        """Count hidden rows. The name of the attribute is searched first, because it is rare; a tag may end in the
        next block."""
        if b"\0" in block:  # two bytes a character
            block = block.replace(b"\0", b"")
        text = self._unfinished_tag + block
        last = text.rfind(b"<")
        is_whole = last < 0 or b">" in text[last:]
        if b"hidden" in text:
            self.hidden_rows += len(HIDDEN_ROW.findall(text if is_whole else text[:last]))
        self._unfinished_tag = b"" if is_whole else text[last:][:LONGEST_TAG_BYTES]

    def _take(self, length: int) -> None:
        self._buffer = self._buffer[length:]


@contextmanager
def _in_words(parser: SheetParser) -> Iterator[None]:
    """Name the row or cell at which the XML is broken: a line and column of the part are of no use to the reader."""
    try:
        yield
    except ExpatError as error:
        place = parser.place()
        at = place if place.startswith("cell") else f"{place} or behind it" if parser.last_row else place
        raise SheetFault(at, f"it is no sound XML ({ErrorString(error.code)})") from error


class CellCounts:
    """Counts of the cells that were passed on, for the comparison with the census."""

    def __init__(self) -> None:
        self.cells: Counter[int] = Counter()
        self.rows = 0

    def add(self, rows: list[Row]) -> None:
        """Add these rows to the counts."""
        self.rows += len(rows)
        for _, cells in rows:
            self.cells.update(column for column, cell in cells.items() if cell.__class__ is not UncachedFormula)

    def require(self, census: Census, wanted: Collection[int] | None) -> None:
        """Raises SheetFault when a row or a cell with a value was lost or invented. Its sentence has no numbers, which
        would depend on the piece that was compared."""
        if self.rows != census.rows:
            what = "holds more rows than can be read" if census.rows > self.rows else "has rows that nothing holds"
            raise SheetFault("", f"it {what}")
        for column in sorted(census.cells | self.cells):
            if (wanted is None or column in wanted) and self.cells[column] != census.cells[column]:
                more = census.cells[column] > self.cells[column]
                what = "holds more values than can be read" if more else "has values that no cell holds"
                raise SheetFault(f"column {column_letters(column)}", f"it {what}")


def _require_equal(census: Census, rows: list[Row], wanted: Collection[int] | None) -> None:
    handed = CellCounts()
    handed.add(rows)
    handed.require(census, wanted)
