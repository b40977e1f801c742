"""Answers that are sent while they are read."""

from __future__ import annotations

from fastapi.responses import StreamingResponse

from app.api.http.receiving import XLSX


class CsvAnswer(StreamingResponse):
    """A CSV that is sent while it is read."""

    media_type = "text/csv"


class WorkbookAnswer(StreamingResponse):
    """An .xlsx that is sent while it is read."""

    media_type = XLSX
