"""A reading process, `python -m app.ingestion.reading.piecework`: answers each piece of a sheet with its rows.

Standard input carries the workbook's skeleton and then (piece, places) after (piece, places), standard output one
answer each, all pickled by this very program at both ends. It ends when its standard input does, which happens however
its parent dies.
"""

from __future__ import annotations

import gc
import pickle
import sys
from typing import IO, Any

from python_calamine import CalamineError

from app.ingestion.reading.preparing import Prepared, prepare
from app.workbook.contract import SHEETS
from app.workbook.pieces import Piece
from app.workbook.reading import HEADER_ROW, read_piece
from app.workbook.typing import Chunk, typed

BY_NAME = {sheet.name: sheet for sheet in SHEETS}


def answer(parts: dict[str, bytes], piece: Piece, places: list[int]) -> Prepared | str:
    """The piece's data rows, prepared; what the reader says of a broken one."""
    sheet = BY_NAME[piece.sheet]
    try:
        rows = [row for row in read_piece(parts, piece).rows if row[0] != HEADER_ROW]
    except CalamineError as error:
        return str(error)
    return prepare(sheet, typed(sheet, places, rows) if rows else Chunk([], [[] for _ in sheet.columns]))


def main(source: IO[bytes], sink: IO[bytes]) -> None:
    """Answer until the input ends."""
    gc.disable()  # nothing here refers to itself, and walking through millions of cells costs a quarter of the time
    parts: dict[str, bytes] = pickle.load(source)
    while True:
        try:
            request: tuple[Piece, list[int]] = pickle.load(source)
        except EOFError:
            return
        say(answer(parts, *request), sink)


def say(record: Any, sink: IO[bytes]) -> None:
    """Write one record and hand it over."""
    pickle.dump(record, sink, protocol=pickle.HIGHEST_PROTOCOL)
    sink.flush()


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
