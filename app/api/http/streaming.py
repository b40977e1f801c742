"""Answers that are sent while they are read."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import IO

from fastapi.responses import StreamingResponse
from starlette.background import BackgroundTask

from app.api.http.receiving import XLSX

PIECE_BYTES = 1 << 16


class CsvAnswer(StreamingResponse):
    """A CSV that is sent while it is read."""

    media_type = "text/csv"


class WorkbookAnswer(StreamingResponse):
    """An .xlsx that is sent while it is read. The file is closed behind it, also where 304 is sent instead."""

    media_type = XLSX

    @classmethod
    def of(cls, file: IO[bytes], headers: Mapping[str, str]) -> WorkbookAnswer:
        """The answer with this file and these headers. No initializer, because FastAPI reads its parameters."""
        length = {"Content-Length": str(os.fstat(file.fileno()).st_size)}
        return cls(pieces(file), headers={**headers, **length}, background=BackgroundTask(file.close))


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """The whole file in pieces. Reads by position, so that several readers can share it."""
    with file:
        place = 0
        while piece := os.pread(file.fileno(), PIECE_BYTES, place):
            place += len(piece)
            yield piece
