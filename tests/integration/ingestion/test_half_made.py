"""Leftovers of a killed run or retention are reported by the schema check, and gone after the next run."""

from __future__ import annotations

from app.database.run_tables import leftover_tables
from app.database.schema import SNAPSHOT_TABLES
from tests.integration.forked import Stem
from tests.integration.ingestion.conftest import Plant, tables_of
from tests.integration.ingestion.factory import ORDERS, factory, order
from tests.integration.ingestion.killing import killed_at, killed_while_it_detaches


def found(plant: Plant) -> list[str]:
    with plant.connection() as connection:
        return leftover_tables(connection)


def test_partitions_of_a_run_that_died_before_it_was_live_are_found_and_removed(stem: Stem, plant: Plant) -> None:
    first = plant.ingest(factory())
    assert found(plant) == []
    rows = factory()
    rows[ORDERS].append(order(20))
    workbook = plant.workbook(rows)
    killed_at(stem, plant, workbook, "publish", 1)
    assert plant.live() == first.run_id
    dead = max(plant.statuses())
    assert plant.run_tables() == tables_of(first.run_id, dead), "this kill was meant to leave partitions"
    assert [line for line in found(plant) if f"run {dead} " in line] == found(plant) != []
    after = plant.ingest_file(workbook)
    assert plant.run_tables() == tables_of(first.run_id, after.run_id)
    assert found(plant) == []


def test_a_snapshot_half_dropped_by_a_killed_retention_is_found_and_removed(stem: Stem, plant: Plant) -> None:
    runs = [plant.ingest(factory(), force=True).run_id for _ in range(3)]
    with plant.connection() as reader:
        reader.exec_driver_sql("SELECT * FROM core.phases")
        killed_while_it_detaches(stem, plant, "phases")
    lines = found(plant)
    assert f"core.phases_r{runs[0]}: pending, part of no whole snapshot" in lines
    assert any(line.endswith(": loose, part of no whole snapshot") for line in lines), "some were detached before"
    assert {line.partition(":")[0].rpartition("_r")[2] for line in lines if ": " in line} == {str(runs[0])}
    last = plant.ingest(factory(), force=True).run_id
    assert found(plant) == []
    assert plant.run_tables() == tables_of(*runs[1:], last)
    assert len(tables_of(last)) == len(SNAPSHOT_TABLES)
