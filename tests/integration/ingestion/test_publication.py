"""The pointer: rollback, readers during a publication, plants beside each other, one worker per plant."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from app.ingestion.errors import IngestionBusy, UnknownRun
from app.ingestion.publishing import publish
from app.ingestion.runs.retention import retain
from app.ingestion.runs.run_gates import export_gates
from app.ingestion.sheets.comparison import checksums
from tests.integration.ingestion.conftest import Plant
from tests.integration.ingestion.factory import ORDERS, PRODUCTS, factory, order


def larger(by: int) -> dict[str, list[list[object]]]:
    rows = factory()
    rows[ORDERS] += [order(20 + number) for number in range(by)]
    return rows


def test_rollback_restores_the_run_before_exactly(plant: Plant) -> None:
    gates = plant.folder / "gates.json"
    first = plant.ingest(factory())
    with plant.connection() as connection:
        before = checksums(connection, first.run_id)
    rows = factory()
    rows[PRODUCTS][0][0] = 999
    second = plant.ingest(rows, gates_file=gates, allow_shrink=True)
    assert json.loads(gates.read_text(encoding="utf-8"))["run_id"] == second.run_id
    outcome = publish(plant.url, first.run_id, roles=plant.roles, gates_file=gates)
    assert (outcome.run_id, outcome.previous_run_id) == (first.run_id, second.run_id)
    assert plant.live() == first.run_id
    document = json.loads(gates.read_text(encoding="utf-8"))
    assert (document["run_id"], document["excel_sha256"]) == (first.run_id, first.excel_sha256)
    with plant.connection() as connection:
        assert checksums(connection, first.run_id) == before


@pytest.mark.parametrize("wanted", [999, "failed"])
def test_only_a_whole_snapshot_of_the_plant_can_be_published(plant: Plant, wanted: int | str) -> None:
    first = plant.ingest(factory())

    def fail(step: str, done: int, total: int | None) -> None:
        if step == "publish":
            raise RuntimeError("planted")

    with pytest.raises(RuntimeError):
        plant.ingest(larger(1), progress=fail)
    run_id = wanted if isinstance(wanted, int) else first.run_id + 1
    with pytest.raises(UnknownRun):
        publish(plant.url, run_id, roles=plant.roles)
    with pytest.raises(UnknownRun):
        publish(plant.url, first.run_id, roles=plant.roles, plant="other")
    assert plant.live() == first.run_id


def test_the_live_gates_can_be_exported(plant: Plant) -> None:
    result = plant.ingest(factory())
    document = export_gates(plant.url, roles=plant.roles, target=plant.folder / "g.json")
    assert document == json.loads((plant.folder / "g.json").read_text(encoding="utf-8"))
    assert document["run_id"] == result.run_id
    with pytest.raises(UnknownRun):
        export_gates(plant.url, roles=plant.roles, target=plant.folder / "h.json", plant="empty")


def test_a_no_op_mends_a_gates_file_of_another_run(plant: Plant) -> None:
    gates, workbook = plant.folder / "gates.json", plant.workbook(factory())
    first = plant.ingest_file(workbook)
    plant.ingest_file(workbook, gates_file=gates)
    assert json.loads(gates.read_text(encoding="utf-8"))["run_id"] == first.run_id
    written = gates.stat().st_mtime_ns
    plant.ingest_file(workbook, gates_file=gates)
    assert gates.stat().st_mtime_ns == written


def test_a_reader_sees_exactly_one_run_while_runs_are_published(plant: Plant) -> None:
    """Resolve the run, then ask by it, as the API does. In one statement it would be wrong: PostgreSQL plans, and looks
    which partitions there are, before it takes the snapshot in which it reads the pointer."""
    expected = {plant.ingest(factory()).run_id: 20}
    finished, seen = threading.Event(), set()

    def read() -> None:
        with plant.connection(plant.roles.api) as connection:
            while not finished.is_set():
                run_id = connection.exec_driver_sql("SELECT run_id FROM core.current_snapshot").scalar_one()
                orders = connection.execute(
                    sa.text("SELECT count(*) FROM core.work_orders WHERE run_id = :run_id"), {"run_id": run_id}
                ).scalar_one()
                connection.rollback()
                seen.add((run_id, orders))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        for by in (1, 2, 3, 4):
            expected[plant.ingest(larger(by)).run_id] = 20 + by
    finally:
        finished.set()
        reader.join()
    assert seen <= set(expected.items())


def in_the_middle(action: Callable[[], None]) -> Callable[[str, int, int | None], None]:
    """A progress callback that acts once, just before the pointer moves."""

    def progress(step: str, done: int, total: int | None) -> None:
        if (step, done) == ("publish", 0):
            action()

    return progress


def test_two_plants_are_ingested_at_once(plant: Plant) -> None:
    other = []
    first = plant.ingest(
        factory(), progress=in_the_middle(lambda: other.append(plant.ingest(larger(3), plant="second").run_id))
    )
    assert plant.live() == first.run_id
    assert plant.live("second") == other[0]
    counts = dict(map(tuple, plant.rows("SELECT run_id, count(*) FROM core.work_orders GROUP BY run_id")))
    assert counts == {first.run_id: 20, other[0]: 23}


def test_a_second_worker_on_the_same_plant_is_refused_at_once(plant: Plant) -> None:
    refused = []

    def intrude() -> None:
        for intrusion in (
            lambda: plant.ingest(larger(1)),
            lambda: publish(plant.url, 1, roles=plant.roles),
            lambda: retain(plant.url, roles=plant.roles),
        ):
            with pytest.raises(IngestionBusy) as refusal:
                intrusion()
            refused.append(refusal.value.exit_code)

    first = plant.ingest(factory(), progress=in_the_middle(intrude))
    assert refused == [1, 1, 1]
    assert plant.live() == first.run_id
    assert set(plant.statuses().values()) == {"PUBLISHED"}
