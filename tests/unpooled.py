"""Engines that keep no connection, one for each database and role.

The first connection of an engine asks the server four things before its first statement; those of a kept engine do not.
Without a connection it holds up neither a clone of its database nor the end of it.
"""

from __future__ import annotations

from functools import lru_cache

import sqlalchemy as sa

from app.database.engine import make_engine


@lru_cache(maxsize=256)
def unpooled(url: sa.URL, role: str | None = None) -> sa.Engine:
    return make_engine(url, role=role, poolclass=sa.NullPool)
