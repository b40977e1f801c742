"""Tags of answers (ETag): a client that has the same answer already gets 304 before anything is computed.

Nothing edits a run, so an answer is settled by its address, the run, the gates, the hour (of data_age_hours) and this
build.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache

from fastapi import Request
from fastapi.responses import Response

from app.api.http.plant_path import asked_path
from app.checkout import PACKAGE

TAG = re.compile(r'(?:W/)?"([^"]*)"')
POLICY = "private, no-cache"
"""Only the client may cache the answer, and must revalidate it before each use."""


class Unchanged(Exception):
    """The client has this answer already: 304."""

    def __init__(self, tag: str) -> None:
        super().__init__(tag)
        self.tag = tag


@cache
def build() -> str:
    """A digest of this build, from the sizes and times of its modules and declarations (calendar, gates): another one
    may answer differently."""
    files = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.toml")]
    facts = sorted((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def tag_of(request: Request, *settling: object) -> str:
    """The ETag of the answer at this address, from these facts. Weak: a compressed answer has the same tag."""
    parts = (build(), asked_path(request), request.scope["query_string"], *settling)
    return f'W/"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def headers_of(tag: str) -> dict[str, str]:
    """The headers of an answer with this tag, and of the 304 for it."""
    return {"ETag": tag, "Cache-Control": POLICY}


def spare_if_known(request: Request, tag: str) -> None:
    """Raise Unchanged when If-None-Match contains this tag."""
    given = ",".join(request.headers.getlist("if-none-match"))
    if given and TAG.fullmatch(tag).group(1) in TAG.findall(given):  # type: ignore[union-attr]
        raise Unchanged(tag)


async def unchanged(request: Request, error: Exception) -> Response:
    """The 304 response for Unchanged."""
    assert isinstance(error, Unchanged)
    return Response(status_code=304, headers=headers_of(error.tag))


def spared_if_any_will_do(request: Request, response: Response) -> Response:
    """The response, or 304 if it has a tag and the request says `If-None-Match: *`."""
    given = request.headers.get("if-none-match", "")
    if given.strip() == "*" and response.status_code == 200 and "etag" in response.headers:
        # With its background, which closes the file that is not sent.
        headers = headers_of(response.headers["etag"])
        return Response(status_code=304, headers=headers, background=response.background)
    return response
