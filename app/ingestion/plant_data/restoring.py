"""Writes the script that restores an export, for psql in the unpacked folder and a database at the same revision.

It makes the partitions of the kept snapshots, copies the files and sets the counters, in one transaction: a run number
or a plant that is there already stops it with nothing done. Left out are jobs of the queue, because what waited is
asked for again, and the record of exports and removals, which belongs to the database that it was written in.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.database.schema.plant_operations import plant_operations
from app.database.schema.queue import SCHEMA
from app.ingestion.plant_data.manifest import Exported
from app.ingestion.plant_data.plant_tables import plant_tables
from app.ingestion.tables.names import partition_name

REFERENCES = sa.text("""
    SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s;',
                  CAST(conrelid AS regclass), conname, pg_get_constraintdef(oid))
      FROM pg_constraint
     WHERE contype = 'f' AND conparentid = 0 AND connamespace = CAST('core' AS regnamespace)
       AND CAST(substring(CAST(CAST(conrelid AS regclass) AS text) FROM '_r([0-9]{1,18})$') AS bigint) = ANY(:runs)
     ORDER BY 1
""")
COUNTERS = sa.text("""
    SELECT format('SELECT setval(%L, greatest((SELECT max(%I) FROM %s), (SELECT last_value FROM %s)));',
                  CAST(s.oid AS regclass), a.attname, CAST(d.refobjid AS regclass), CAST(s.oid AS regclass))
      FROM pg_class AS s
      JOIN pg_depend AS d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i')
      JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
     WHERE s.relkind = 'S' AND s.relnamespace = CAST('audit' AS regnamespace)
     ORDER BY 1
""")
RESERVED = (
    "SELECT setval(pg_get_serial_sequence('audit.ingestion_runs', 'run_id'), greatest((SELECT max(run_id) FROM"
    " audit.ingestion_requests), (SELECT last_value FROM audit.ingestion_runs_run_id_seq)));"
)
"""A request has its run's number from the moment at which it is asked for."""
CHECK = """DO $check$
BEGIN
    IF (SELECT string_agg(version_num, ',') FROM public.alembic_version) IS DISTINCT FROM '{revision}' THEN
        RAISE EXCEPTION 'this export is of revision {revision}, and the database is at another: bring it there first';
    END IF;
END
$check$;
"""


def restore_script(connection: sa.Connection, exported: Exported) -> str:
    """The script's text, for the catalogue as the export's transaction sees it."""
    runs = list(exported.snapshots)
    lines = [
        f"-- Restores plant {exported.plant!r} as of {exported.exported_at.isoformat()}: psql -f restore.sql, in the",
        "-- unpacked folder, with a login that may become the owner of the schema. Then run bootstrap.",
        "\\set ON_ERROR_STOP on",
        "BEGIN;",
        CHECK.format(revision=exported.revision),
    ]
    left_out = f"{plant_operations.schema}.{plant_operations.name}"
    files = {
        one.table: one for one in exported.tables if one.table != left_out and not one.table.startswith(f"{SCHEMA}.")
    }
    for table in plant_tables():
        if table.name not in files:
            continue
        for run in runs if table.is_partitioned else ():
            partition = f"core.{partition_name(table.name.removeprefix('core.'), run)}"
            lines.append(f"CREATE TABLE {partition} PARTITION OF {table.name} FOR VALUES IN ({run});")
        columns = ", ".join(f'"{column}"' for column in files[table.name].columns)
        lines.append(f"\\copy {table.name} ({columns}) FROM '{files[table.name].file}' (FORMAT csv, HEADER)")
    lines += connection.execute(REFERENCES, {"runs": runs}).scalars()
    lines += connection.execute(COUNTERS).scalars()
    return "\n".join([*lines, RESERVED, "COMMIT;", ""])
