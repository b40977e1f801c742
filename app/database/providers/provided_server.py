"""A usable PostgreSQL server and its provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

Say = Callable[[str], object]
"""Called with one line for the user."""


@dataclass(frozen=True)
class Server:
    """A running server. `url` names a maintenance database and a login that may create databases and roles.

    Only a throw-away server is ours: on any other, use scratch databases and roles with unique names.
    """

    provider: str
    url: sa.URL
    version: str
    is_throwaway: bool
