"""A workbook on its way in: streamed to its place, or named by its path; looked at before it is queued."""

from __future__ import annotations

from pathlib import Path

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.api.problems import Problem
from app.ingestion.requests.inbox import Inbox, NoSuchExport, Stored
from app.workbook.admission import admit
from app.workbook.digest import sha256_of
from app.workbook.errors import WorkbookRefused, path_hidden

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATUSES = {"NOT_XLSX": 415, "TOO_LARGE": 413}
"""HTTP status of a refusal by its code; 422 for every other."""


class Export(BaseModel):
    """An export named by its path."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(min_length=1, max_length=1000, description="relative to the folder of exports (EXPORT_DIR)")


EXPORT_SCHEMA = Export.model_json_schema()


async def received(request: Request, path: Path) -> None:
    """Write the request's body to a file as it arrives; how large and how slow it may be is bounded around this."""
    with path.open("wb") as file:
        async for piece in request.stream():
            file.write(piece)


async def received_small(request: Request, most_bytes: int) -> bytes:
    """The request's body, of a route whose bound is an upload's. Raises 413 as a Problem for more bytes than these."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > most_bytes:
            detail = f"At most {most_bytes} bytes are taken here."
            # What is left of it is not read, so the connection cannot be used again.
            raise Problem(413, "BODY_TOO_LARGE", detail, headers={"Connection": "close"})
    return bytes(body)


def named_export(inbox: Inbox, body: bytes) -> Stored:
    """The export that a JSON body names. Raises 422 as RequestValidationError or Problem."""
    try:
        export = Export.model_validate_json(body)
    except ValidationError as error:
        faults = [{**fault, "loc": ("body", *fault["loc"])} for fault in error.errors()]
        raise RequestValidationError(faults) from error
    try:
        return inbox.export(export.path)
    except NoSuchExport as error:
        fault = {"location": "body", "parameter": "path", "message": str(error)}
        raise Problem(422, error.code, str(error), errors=[fault]) from error


def admitted(path: Path, max_expanded_mb: int) -> str:
    """The SHA-256 of a file that may be queued. Raises 413, 415 or 422 as a Problem with the refusal's code."""
    try:
        with path_hidden(path):
            admit(path, max_expanded_mb)
            return sha256_of(path)
    except WorkbookRefused as refused:
        raise Problem(STATUSES.get(refused.code, 422), refused.code, str(refused)) from refused
