"""A database that two plants share, and the rows that each of them has in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.database.access.roles import Roles
from app.database.engine import connected
from app.database.schema.plant_operations import plant_operations
from app.ingestion.plant_data.plant_tables import Extent, plant_tables
from tests.integration.ingestion.factory import Rows, factory

PLANTS = ("north", "south")
KEPT = "audit.plant_operations"


@dataclass(frozen=True)
class Shared:
    """A database that two plants share, each with two snapshots, a refused run, requests and kept scenarios."""

    url: sa.URL
    roles: Roles
    folder: Path

    def rows(self, plant: str) -> dict[str, list[str]]:
        return rows_of(self.url, plant)


def rows_of(url: sa.URL, plant: str) -> dict[str, list[str]]:
    """The rows of the plant as text, by table."""
    with connected(url) as connection:
        extent = Extent.of(connection, plant)
        return {
            table.name: list(
                connection.exec_driver_sql(
                    f"SELECT CAST(t AS text) FROM {table.name} AS t WHERE {extent.condition(table)} ORDER BY 1"
                ).scalars()
            )
            for table in plant_tables()
        }


def example(seed: int) -> Rows:
    rows = factory()
    rows["Modelos"][0][1] = f'Canoa "{seed}", ç\n'
    return rows


def operations(url: sa.URL) -> list[Any]:
    with connected(url) as connection:
        return list(connection.execute(sa.select(plant_operations).order_by(plant_operations.c.operation_id)))
