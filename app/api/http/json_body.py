"""Refuses a JSON body that names a member twice, so that no half of it is lost without a word.

Python's parser takes the last of them, as query parameters would be without `query_names`.
"""

from __future__ import annotations

import json
from typing import Any

from fastapi import Request
from fastapi.exceptions import HTTPException


class MemberTwice(HTTPException):
    """A body with this member more than once. FastAPI lets no other kind of error out of its parsing of a body."""

    def __init__(self, name: str) -> None:
        super().__init__(422, "A member is given more than once.")
        # Half a character (a lone surrogate) could not be repeated in the answer.
        self.name = name.encode("utf-8", "replace").decode()


class StrictRequest(Request):
    """A request whose JSON body has each member once."""

    async def json(self) -> Any:
        """The body. Raises MemberTwice, or JSONDecodeError as Starlette's."""
        return json.loads(await self.body(), object_pairs_hook=_members)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise MemberTwice(name)
        found[name] = value
    return found
