"""Exports a plant's whole data: one CSV file for each table, a manifest, checksums, and a script that restores it.

The file is a ZIP archive, which needs neither this product nor pg_dump to be read. docs/operations/plants.md says
what is in it, and how it is restored.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

from app.database.access.roles import Roles
from app.database.revisions.latest import recorded
from app.database.schema.plant_operations import EXPORT
from app.files import unnamed_file
from app.ingestion.plant_data.manifest import Exported, ExportedTable
from app.ingestion.plant_data.plant_tables import Extent, PlantTable, plant_tables
from app.ingestion.plant_data.recording import ExportFailed, begin, end, require_idle
from app.ingestion.plant_data.restoring import restore_script
from app.ingestion.runs.plant import live_snapshot, working_on
from app.ingestion.runs.retention import snapshots

MANIFEST, SUMS, SCRIPT = "manifest.json", "SHA256SUMS", "restore.sql"
OWNER_ONLY = 0o600
COLUMNS = sa.text(
    "SELECT attname FROM pg_attribute WHERE attrelid = CAST(:name AS regclass) AND attnum > 0 AND NOT attisdropped"
    " ORDER BY attnum"
)


class _Hashing:
    """A file that COPY writes to: what is written goes into the archive and into the checksum."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._digest = file, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        return self._file.write(data)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def export_plant(url: sa.URL, path: Path, *, roles: Roles, plant: str, requested_by: str) -> Exported:
    """Write the plant's data as of one moment into a new file that its owner alone may read, and record that.

    Raises IngestionBusy and PlantBusy while something works on the plant, ExportFailed for a file that is there
    already or cannot be written.
    """
    with working_on(url, plant, roles) as connection:
        require_idle(connection, plant)
        connection.rollback()
        if path.exists():
            raise _there_already(path)
        operation = begin(connection, plant, EXPORT, requested_by)
        with new_archive(path) as archive:
            exported = _written(connection, archive, plant, requested_by)
        end(connection, operation, {one.table: one.rows for one in exported.tables})
        connection.commit()
    return exported


@contextmanager
def new_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """An archive that has its name when the block ends; none is left if it raises. Raises ExportFailed."""
    try:
        with ExitStack() as stack:
            try:
                file = stack.enter_context(unnamed_file(path, OWNER_ONLY))
            except OSError as error:
                raise ExportFailed(f"{path} cannot be written ({error.strerror}): name another place.") from error
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                yield archive
    except FileExistsError:
        raise _there_already(path) from None
    except OSError as error:
        raise ExportFailed(f"{path} cannot be written ({error.strerror}): free some space, or name another.") from error


def _there_already(path: Path) -> ExportFailed:
    return ExportFailed(f"{path} is there already: name another file, or remove that one.")


def _written(connection: sa.Connection, archive: zipfile.ZipFile, plant: str, requested_by: str) -> Exported:
    """Copy every table of one moment into the archive, then the manifest, the sums and the script."""
    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    live, revision, extent = live_snapshot(connection, plant), recorded(connection), Extent.of(connection, plant)
    moment: dt.datetime = connection.execute(sa.select(sa.func.now())).scalar_one()
    exported = Exported(
        plant,
        str(revision),
        moment,
        requested_by,
        live.run_id if live else None,
        tuple(one.run_id for one in snapshots(connection, plant) if one.whole),
        tuple(_copied(connection, archive, table, extent) for table in plant_tables()),
    )
    script = restore_script(connection, exported)
    connection.rollback()
    archive.writestr(MANIFEST, json.dumps(exported.as_dict(), indent=2, ensure_ascii=False) + "\n")
    archive.writestr(SUMS, "".join(f"{one.sha256}  {one.file}\n" for one in exported.tables))
    archive.writestr(SCRIPT, script)
    return exported


def _copied(connection: sa.Connection, archive: zipfile.ZipFile, table: PlantTable, extent: Extent) -> ExportedTable:
    columns = table.columns or tuple(connection.execute(COLUMNS, {"name": table.name}).scalars())
    query = f"SELECT {listed(columns)} FROM {table.name} WHERE {extent.condition(table)} ORDER BY {listed(table.key)}"
    name = f"{table.name}.csv"
    raw: Any = connection.connection.driver_connection
    with archive.open(name, "w", force_zip64=True) as file, raw.cursor() as cursor:
        hashing = _Hashing(file)
        cursor.copy_expert(f"COPY ({query}) TO STDOUT (FORMAT csv, HEADER, ENCODING 'UTF8')", hashing)
        return ExportedTable(table.name, name, columns, cursor.rowcount, hashing.sha256)


def listed(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{column}"' for column in columns)
