"""The tables that hold rows of a plant, and the condition by which its rows are found in each."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from app.database.schema import metadata, queue, staging
from app.database.schema.audit import ingestion_runs as runs
from app.database.schema.queue import alerts_queue_of, queue_of


@dataclass(frozen=True, slots=True)
class PlantTable:
    """A table with rows of plants. where: the condition, with {plant}, {runs} and {queues} for literals.

    columns, key: empty for a table of the queue's library, whose columns are read from the catalogue.
    """

    name: str
    where: str
    columns: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    is_partitioned: bool = False


QUEUE_TABLES = (
    PlantTable(f"{queue.SCHEMA}.procrastinate_jobs", "queue_name IN {queues}", key=("id",)),
    PlantTable(
        f"{queue.SCHEMA}.procrastinate_events",
        f"job_id IN (SELECT id FROM {queue.SCHEMA}.procrastinate_jobs WHERE queue_name IN {{queues}})",
        key=("id",),
    ),
)
"""The queue's tables with jobs of plants; the others hold the library's workers and periodic tasks."""


def plant_tables() -> tuple[PlantTable, ...]:
    """The tables with rows of plants, referenced ones before those that refer to them.

    They follow from the schema's metadata, so that a new table with a plant or a run is among them.
    """
    own = [_of(table) for table in metadata.sorted_tables if table.schema != staging.TEMPLATES[0].schema]
    return (*own, *QUEUE_TABLES)


def _of(table: sa.Table) -> PlantTable:
    columns = tuple(column.name for column in table.columns)
    key = tuple(column.name for column in table.primary_key)
    # Numbers and no subquery: then only the partitions of these runs are locked and read.
    where = "plant = {plant}" if "plant" in columns else "run_id IN {runs}"
    if "plant" not in columns and "run_id" not in columns:
        raise ValueError(f"{table} tells neither plant nor run: say in plant_tables how a plant's rows are found")
    is_partitioned = bool(table.dialect_options["postgresql"]["partition_by"])
    return PlantTable(f"{table.schema}.{table.name}", where, columns, key, is_partitioned)


@dataclass(frozen=True, slots=True)
class Extent:
    """A plant with the numbers of all its runs."""

    plant: str
    runs: tuple[int, ...]

    @classmethod
    def of(cls, connection: sa.Connection, plant: str) -> Extent:
        """The plant's extent as the transaction sees it."""
        found = connection.execute(sa.select(runs.c.run_id).where(runs.c.plant == plant).order_by(runs.c.run_id))
        return cls(plant, tuple(found.scalars()))

    def condition(self, table: PlantTable) -> str:
        """The SQL condition that finds the plant's rows in a table."""
        queues = ", ".join(literal(name(self.plant)) for name in (queue_of, alerts_queue_of))
        numbers = ", ".join(map(str, self.runs)) or "NULL"
        return table.where.format(plant=literal(self.plant), runs=f"({numbers})", queues=f"({queues})")


def literal(text: str) -> str:
    """A text as an SQL literal; a name of a plant has no backslash and no control character (config.PLANT_PATTERN)."""
    return "'" + text.replace("'", "''") + "'"


def rows_of_plant(connection: sa.Connection, extent: Extent) -> dict[str, int]:
    """The number of the plant's rows in each table."""
    counts = {}
    for table in plant_tables():
        found = connection.exec_driver_sql(f"SELECT count(*) FROM {table.name} WHERE {extent.condition(table)}")
        counts[table.name] = int(found.scalar_one())
    return counts
