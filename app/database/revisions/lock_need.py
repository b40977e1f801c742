"""Refuses a migration that would run out of locks, before it begins.

A revision is one transaction, and holds a lock for each table of each snapshot that it changes until it commits. A
server has a fixed number of them; at its end the revision fails after minutes, with a word about shared memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import sqlalchemy as sa

from app.database.errors import DatabaseError
from app.database.run_tables import snapshots_in_database

UP = {"0005": 46, "0006": 14, "0011": 18, "0012": 38, "0014": 7, "0015": 28, "0019": 4, "0022": 31, "0026": 11}
DOWN = {"0002": 112, "0005": 71, "0006": 12, "0011": 5, "0012": 27, "0014": 1, "0015": 25, "0022": 35, "0026": 2}
"""Locks for each snapshot that is there, by revision; none where one is absent. A test counts them, to a tenth."""
BESIDE = 400
"""Locks that a revision takes whatever the number of snapshots, at most."""
STEP = 64
"""The advised setting is a multiple of it."""
CAPACITY = sa.text("""
    SELECT CAST(current_setting('max_locks_per_transaction') AS bigint),
           CAST(current_setting('max_connections') AS bigint)
           + CAST(current_setting('max_prepared_transactions') AS bigint)
""")


class TooFewLocks(DatabaseError):
    """A migration would need more locks than the server has; nothing was changed."""

    code = "TOO_FEW_LOCKS"


def require_locks(connection: sa.Connection, database: str | None, revisions: Iterable[str], *, down: bool) -> None:
    """Raise TooFewLocks if one of the revisions needs more locks than the server has, as its settings promise."""
    each = max(((DOWN if down else UP).get(revision, 0) for revision in revisions), default=0)
    snapshots = snapshots_in_database(connection) if each else 0
    if not snapshots:
        return
    needed = each * snapshots + BESIDE
    per_transaction, transactions = connection.execute(CAPACITY).one()
    if needed > per_transaction * transactions:
        advised = math.ceil(needed / transactions / STEP) * STEP
        raise TooFewLocks(
            f"This migration of database {database} takes about {needed} locks at once, because the database holds "
            f"{snapshots} snapshots, and the server has {per_transaction * transactions}; nothing was changed. Run "
            f"ALTER SYSTEM SET max_locks_per_transaction = {advised}; and restart the server, or drop snapshots with "
            "`retain --keep 1` of the release before, and run it again."
        )
