"""Only the owner owns a published snapshot, and no other role can write it."""

from __future__ import annotations

import psycopg2.errors
import pytest
import sqlalchemy as sa

from app.contract import SHEET_BY_NAME, SHEETS
from app.ingestion.tables.names import RunTables
from app.ingestion.tables.partitions import create_partitions, index_partition
from tests.integration.ingestion.conftest import Plant
from tests.integration.ingestion.factory import factory

INDEXES = sa.text(
    "SELECT regexp_replace(pg_get_indexdef(i.indexrelid), '^.*? USING ', '') AS shape, i.indisunique, i.indisprimary,"
    " EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.indexrelid) AS attached"
    " FROM pg_index i WHERE i.indrelid = CAST(:name AS regclass)"
)


@pytest.mark.parametrize("role", ["ingest", "api"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET run_id = 7", "DROP TABLE {}", "TRUNCATE {}"])
@pytest.mark.parametrize("table", ["core.work_orders", "core.work_orders_r{run}"])
def test_a_published_snapshot_cannot_be_written(plant: Plant, role: str, statement: str, table: str) -> None:
    run_id = plant.ingest(factory()).run_id
    with (
        plant.connection(getattr(plant.roles, role)) as connection,
        pytest.raises(sa.exc.ProgrammingError) as refusal,
    ):
        connection.exec_driver_sql(statement.format(table.format(run=run_id)))
    assert isinstance(refusal.value.orig, psycopg2.errors.InsufficientPrivilege)


def test_partitions_belong_to_the_owner(plant: Plant) -> None:
    plant.ingest(factory())
    owners = plant.rows("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'core'")
    assert owners == [(plant.roles.owner,)]


def test_partitions_have_the_parents_keys_and_indexes(plant: Plant) -> None:
    run_id = plant.ingest(factory()).run_id
    for sheet in SHEETS:
        parent = plant.rows(str(INDEXES), name=f"core.{sheet.table}")
        partition = plant.rows(str(INDEXES), name=f"core.{sheet.table}_r{run_id}")
        assert {tuple(index)[:3] for index in partition} == {tuple(index)[:3] for index in parent}
        assert all(index.attached for index in partition)
        assert len(partition) == len(parent)


def test_a_new_parent_index_needs_no_change_here(plant: Plant) -> None:
    sheet, tables = SHEET_BY_NAME["Modelos"], RunTables(77)
    with plant.connection(plant.roles.owner) as connection:
        connection.exec_driver_sql(
            "CREATE INDEX odd ON core.products (run_id, lower(name) DESC) WHERE name <> ' USING '"
        )
        connection.commit()
    with plant.connection(plant.roles.ingest) as connection:
        create_partitions(connection, tables, plant.roles)
        index_partition(connection, sheet.table, tables, plant.roles)
        shapes = connection.execute(INDEXES, {"name": tables.partition(sheet)}).scalars().all()
    assert any("lower(name) DESC) WHERE (name <> ' USING '" in shape for shape in shapes)


def test_references_hold_between_siblings_only(plant: Plant) -> None:
    first = plant.ingest(factory()).run_id
    second = plant.ingest(factory(), force=True).run_id
    found = plant.rows(
        "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint"
        " WHERE contype = 'f' AND conrelid::regclass::text LIKE 'core.order_phases%'"
    )
    expected = {(f"core.order_phases_r{run}", f"core.work_orders_r{run}") for run in (first, second)}
    assert set(map(tuple, found)) == expected
