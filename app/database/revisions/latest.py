"""The revisions by the names of the files, and a database's own, for every command that needs the schema.

Alembic is not asked, because its import takes a fifth of a command's start; a test compares the answers with Alembic's.
"""

from __future__ import annotations

from functools import lru_cache

import sqlalchemy as sa

from app.checkout import MIGRATIONS
from app.database.errors import DatabaseError

VERSION_TABLE = "alembic_version"


@lru_cache(maxsize=1)
def named_revisions() -> tuple[str, ...]:
    """The revisions of this checkout, oldest first: each file's name begins with its revision."""
    names = sorted(path.name for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))
    if not names:
        raise DatabaseError("migrations/versions holds no revision: restore it from the repository.")
    return tuple(name.partition("_")[0] for name in names)


def latest() -> str:
    """The newest revision of this checkout."""
    return named_revisions()[-1]


def recorded(connection: sa.Connection) -> str | None:
    """The revision that the database is at; None when it was never migrated."""
    table = connection.execute(sa.text("SELECT to_regclass(:name)"), {"name": VERSION_TABLE}).scalar_one()
    if table is None:
        return None
    return ", ".join(connection.execute(sa.text(f"SELECT version_num FROM {VERSION_TABLE}")).scalars()) or None
