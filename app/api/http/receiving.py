"""Receives an uploaded workbook, or finds one by its path, and checks it before it is queued."""

from __future__ import annotations

import errno
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import Request
from fastapi.concurrency import contextmanager_in_threadpool, run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import ClientDisconnect

from app.api.http.problems import Problem
from app.ingestion.requests.inbox import Inbox, NoSuchExport, Stored
from app.workbook.errors import WorkbookRefused, path_hidden
from app.workbook.opc.digest import sha256_of
from app.workbook.upload_admission import admit

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WRITTEN_BYTES = 1 << 20
DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
log = logging.getLogger("uvicorn.error")
STATUSES = {"NOT_XLSX": 415, "TOO_LARGE": 413}
"""HTTP status of a refusal by its code; 422 for every other."""


class Export(BaseModel):
    """An export named by its path."""

    model_config = ConfigDict(extra="forbid")

    path: str = Field(min_length=1, max_length=1000, description="relative to the folder of exports (EXPORT_DIR)")


EXPORT_SCHEMA = Export.model_json_schema()


async def pieces_of(request: Request) -> AsyncIterator[bytes]:
    """The request's body as it arrives. Raises 400 as a Problem when the client disconnects before the end."""
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect:
        raise Problem(400, "BODY_CUT_SHORT", "The body ended before it was whole.") from None


@asynccontextmanager
async def place_for_upload(inbox: Inbox, name: str) -> AsyncIterator[Stored]:
    """A place of the inbox, as `Inbox.receiving`, made and removed in a thread.

    Raises 507 as a Problem when the folder of uploads is full, 503 when it cannot be written to.
    """
    try:
        async with contextmanager_in_threadpool(inbox.receiving(name)) as stored:
            yield stored
    except OSError as error:
        log.error("The folder of uploads cannot be written to: %s", error)
        if error.errno in DISK_FULL:
            detail = "There is no room for uploads: free some in the folder of uploads, or send a smaller workbook."
            raise Problem(507, "UPLOAD_FOLDER_FULL", detail, headers={"Connection": "close"}) from error
        detail = "Uploads cannot be kept at the moment; the server's log says why."
        raise Problem(503, "UPLOAD_FOLDER_UNAVAILABLE", detail, headers={"Connection": "close"}) from error


async def write_body(request: Request, path: Path) -> None:
    """Write the request's body to a file as it arrives. BodyBounds limits its size and time."""
    await write_pieces(pieces_of(request), path)


async def write_pieces(pieces: AsyncIterator[bytes], path: Path) -> None:
    """Write the pieces to a file as they arrive, in a thread."""
    file = await run_in_threadpool(path.open, "wb")
    try:
        pending = bytearray()
        async for piece in pieces:
            pending += piece
            if len(pending) >= WRITTEN_BYTES:
                await run_in_threadpool(file.write, bytes(pending))
                pending.clear()
        await run_in_threadpool(file.write, bytes(pending))
    finally:
        await run_in_threadpool(file.close)


async def small_body(request: Request, most_bytes: int) -> bytes:
    """The body, on a route whose BodyBounds is that of uploads. Raises 413 as a Problem beyond `most_bytes`."""
    body = bytearray()
    async for piece in pieces_of(request):
        body += piece
        if len(body) > most_bytes:
            detail = f"At most {most_bytes} bytes are taken here."
            # The rest of the body is not read, so the connection cannot be used again.
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
