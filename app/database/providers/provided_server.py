"""A usable PostgreSQL server and its provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

Say = Callable[[str], object]
"""Called with one line for the user."""


@dataclass(frozen=True)
class Server:
    """A running server.

    `url` names a maintenance database and a login that may create databases and roles. Everything but a throw-away
    server belongs to somebody: touch it only through scratch databases and roles of unique names.
    """

    provider: str
    url: sa.URL
    version: str
    is_throwaway: bool
