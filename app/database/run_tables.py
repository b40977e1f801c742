"""Tables of runs, told apart from the schema's own by the catalogue and not by their names alone.

A run's table is core's or staging's `<table>_r<run>` with the columns of `<table>`. It is whole when it is the parent's
partition for exactly that run, and loose when it is attached to nothing and its run is recorded. Any other table with
such a name is drift.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.database.schema.audit import ingestion_runs as runs

ATTACHED, PENDING, LOOSE = "attached", "pending", "loose"

CANDIDATES = """
    SELECT c.oid, n.nspname AS schema, c.relname AS name, p.oid AS parent, p.relname AS stem,
           CAST(substring(c.relname FROM '_r([0-9]{1,18})$') AS bigint) AS run_id,
           CASE WHEN i.inhdetachpending THEN 'pending' WHEN i.inhrelid IS NOT NULL THEN 'attached' ELSE 'loose' END
               AS state,
           i.inhparent = p.oid AND pg_get_expr(c.relpartbound, c.oid)
               IN (format('FOR VALUES IN (''%s'')', substring(c.relname FROM '_r([0-9]{1,18})$')),
                   format('FOR VALUES IN (%s)', substring(c.relname FROM '_r([0-9]{1,18})$'))) AS bound_to_its_run
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class p ON p.relnamespace = c.relnamespace AND p.relname = regexp_replace(c.relname, '_r[0-9]+$', '')
    LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
    WHERE c.relkind = 'r' AND c.relname ~ '_r[1-9][0-9]{0,17}$'
      AND (n.nspname = 'core' AND p.relkind = 'p' OR n.nspname = 'staging' AND p.relkind = 'r')
      AND (SELECT array_agg(ROW(attname, atttypid, atttypmod) ORDER BY attname) FROM pg_attribute
           WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped)
        = (SELECT array_agg(ROW(attname, atttypid, atttypmod) ORDER BY attname) FROM pg_attribute
           WHERE attrelid = p.oid AND attnum > 0 AND NOT attisdropped)
    ORDER BY 2, 3
"""
_sessions = sa.table("pg_stat_activity", sa.column("pid"), sa.column("datname"))
_lives = sa.exists().where(_sessions.c.pid == runs.c.backend_pid, _sessions.c.datname == sa.func.current_database())
NEVER_LIVE = (
    sa.select(runs.c.run_id, runs.c.status).where(runs.c.status != "PUBLISHED", ~_lives).order_by(runs.c.run_id)
)
"""Runs that were never published and whose session has ended; another may still be between its two commits."""

LIBERTIES = """
    SELECT c.oid::regclass::text AS name, problem
    FROM pg_class c JOIN pg_class p ON p.oid = (SELECT inhparent FROM pg_inherits WHERE inhrelid = c.oid)
    CROSS JOIN LATERAL (
        SELECT 'belongs to ' || pg_get_userbyid(c.relowner) WHERE c.relowner <> p.relowner
        UNION ALL
        SELECT 'is open to ' || coalesce(string_agg(DISTINCT coalesce(g.rolname, 'everybody'), ', '), '')
        FROM aclexplode(c.relacl) a LEFT JOIN pg_roles g ON g.oid = a.grantee
        WHERE a.grantee <> c.relowner HAVING count(*) > 0
        UNION ALL
        SELECT 'has a trigger of its own: ' || tgname FROM pg_trigger
        WHERE tgrelid = c.oid AND NOT tgisinternal AND tgparentid = 0
        UNION ALL
        SELECT 'has an index of its own: ' || indexrelid::regclass::text FROM pg_index
        WHERE indrelid = c.oid AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = indexrelid)
    ) AS found (problem)
    WHERE c.oid = ANY(:tables) ORDER BY 1, 2
"""
SNAPSHOTS = """
    SELECT coalesce(max(partitions), 0)
    FROM (SELECT count(*) AS partitions FROM pg_inherits i
          JOIN pg_class c ON c.oid = i.inhparent JOIN pg_namespace n ON n.oid = c.relnamespace
          WHERE n.nspname = 'core' AND c.relkind = 'p' GROUP BY i.inhparent) AS counted
"""


@dataclass(frozen=True, slots=True)
class RunTable:
    """One table of one run; state is "attached", "pending" (half detached) or "loose" (attached to nothing)."""

    oid: int
    schema: str
    name: str
    stem: str
    run_id: int
    state: str


def snapshots_in_database(connection: sa.Connection) -> int:
    """Number of snapshots of all plants: partitions of the table that has the most. 0 without a schema."""
    count: int = connection.execute(sa.text(SNAPSHOTS)).scalar_one()
    return count


def run_tables(connection: sa.Connection) -> list[RunTable]:
    """The tables of all runs in core and staging, by name."""
    rows = connection.execute(sa.text(CANDIDATES)).mappings().all()
    recorded: set[int] = set()
    if _has_record(connection):
        recorded.update(connection.execute(sa.select(runs.c.run_id)).scalars())
    return [
        _of(row) for row in rows if (row["bound_to_its_run"] or (row["state"] == LOOSE and row["run_id"] in recorded))
    ]


def leftover_tables(connection: sa.Connection) -> list[str]:
    """One line for each run's table that differs from what publication leaves; empty when every snapshot is whole.

    Finds half-made and half-dropped snapshots, snapshots of runs that died before they were live (the next ingestion or
    retention of the plant removes them), and partitions that differ from their parents in owner, privileges, triggers
    or indexes.
    """
    found = run_tables(connection)
    lines = [
        f"{one.schema}.{one.name}: {one.state}, part of no whole snapshot" for one in found if one.state != ATTACHED
    ]
    attached = [one for one in found if one.state == ATTACHED]
    parents = set(
        connection.execute(
            sa.text("SELECT relname FROM pg_class WHERE relkind = 'p' AND relnamespace = to_regnamespace('core')")
        ).scalars()
    )
    for run_id in sorted({one.run_id for one in attached}):
        missing = parents - {one.stem for one in attached if one.run_id == run_id}
        if missing:
            lines.append(f"run {run_id} has no partition of core's {', '.join(sorted(missing))}")
    if _has_record(connection):
        never_live = connection.execute(NEVER_LIVE.where(runs.c.run_id.in_({one.run_id for one in attached})))
        lines += [f"run {run_id} has partitions and was never live: it is {status}" for run_id, status in never_live]
    liberties = connection.execute(sa.text(LIBERTIES), {"tables": [one.oid for one in attached]})
    return lines + [f"{name}: {problem}" for name, problem in liberties]


def _has_record(connection: sa.Connection) -> bool:
    return bool(connection.execute(sa.text("SELECT to_regclass('audit.ingestion_runs')")).scalar_one())


def _of(row: Any) -> RunTable:
    return RunTable(row["oid"], row["schema"], row["name"], row["stem"], row["run_id"], row["state"])
