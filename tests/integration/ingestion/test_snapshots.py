"""Counts of a run: identities, differences with the live snapshot, NO-OP, force, dry run, shrink."""

from __future__ import annotations

import random
from typing import Any

import pytest
import sqlalchemy as sa

from app.contract import SHEETS
from app.ingestion.errors import ShrinkRefused
from app.ingestion.reconciliation import violations
from app.ingestion.sheets.comparison import checksums
from tests.integration.ingestion.conftest import Plant
from tests.integration.ingestion.factory import EMPLOYEES, ERRORS, ORDERS, PHASES, PRODUCTS, SKILLS, factory, order

pytestmark = pytest.mark.usefixtures("read_here")

WRITES = (
    "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del), (SELECT count(*) FROM pg_class),"
    " (SELECT last_value FROM audit.ingestion_runs_run_id_seq), (SELECT max(CAST(CAST(xmin AS text) AS bigint))"
    " FROM audit.ingestion_runs), (SELECT CAST(CAST(xmin AS text) AS bigint) FROM core.current_snapshot)"
    " FROM pg_stat_all_tables WHERE schemaname IN ('core', 'staging', 'audit')"
)
"""Rows written so far, relations, run numbers taken, and the transactions that wrote run records and pointer."""

MOVED_LAST = """
    WITH first AS (DELETE FROM audit.ingestion_sheets WHERE sheet = 'OrdensFabrico' RETURNING *)
    INSERT INTO audit.ingestion_sheets SELECT * FROM first
"""
"""Lays the counts of the first sheet behind the others in the table."""

OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def writes(plant: Plant) -> list[Any]:
    """The figures of WRITES once every other session is gone, because a session reports its statistics when it ends."""
    while plant.value(OTHERS):
        pass
    return plant.rows(WRITES)


def sums(plant: Plant, run_id: int) -> dict[str, str]:
    with plant.connection(plant.roles.ingest) as connection:
        return checksums(connection, run_id)


def test_a_first_load_inserts_everything_and_reconciles(plant: Plant) -> None:
    result = plant.ingest(factory())
    for counts, sheet in zip(result.sheets, SHEETS, strict=True):
        assert not violations(counts)
        assert counts.inserted == counts.rows_merged > 0
        in_core = plant.value(f"SELECT count(*) FROM core.{sheet.table} WHERE run_id = :run", run=result.run_id)
        assert in_core == counts.rows_merged
    assert plant.live() == result.run_id
    assert plant.statuses() == {result.run_id: "PUBLISHED"}


def test_the_live_workbook_again_is_a_no_op_that_writes_nothing(plant: Plant) -> None:
    workbook = plant.workbook(factory())
    first = plant.ingest_file(workbook)
    with plant.connection() as connection:
        connection.execute(sa.text(MOVED_LAST))
        connection.commit()
    before = writes(plant)
    again = plant.ingest_file(workbook)
    assert writes(plant) == before
    assert (again.status, again.run_id, again.exit_code) == ("NO_OP", first.run_id, 0)
    assert [sheet.as_dict() for sheet in again.sheets] == [sheet.as_dict() for sheet in first.sheets]


def test_force_lands_on_identical_content(plant: Plant) -> None:
    workbook = plant.workbook(factory())
    first = plant.ingest_file(workbook)
    second = plant.ingest_file(workbook, force=True)
    assert second.identical_to_previous
    assert sums(plant, first.run_id) == sums(plant, second.run_id)


def test_row_order_does_not_matter_to_the_content(plant: Plant) -> None:
    first = plant.ingest(factory())
    rows = factory()
    for data in rows.values():
        random.Random(7).shuffle(data)
    second = plant.ingest(rows)
    assert second.identical_to_previous
    assert sums(plant, first.run_id) == sums(plant, second.run_id)


def test_small_changes_are_counted_by_key(plant: Plant) -> None:
    plant.ingest(factory())
    rows = factory()
    rows[ORDERS][0][3] = 902  # another product
    rows[ORDERS].append(order(20))
    del rows[PHASES][39]
    rows[PHASES][1][5] = -0.0
    rows[PHASES][0][8] = -0.0  # it was 0, and -0 is 0
    rows[ERRORS][3][3] = 2  # an event has no key: another content is another event
    rows[SKILLS][0][2] = None
    result = plant.ingest(rows)
    found = {one.sheet: (one.inserted, one.updated, one.unchanged, one.deleted) for one in result.sheets}
    assert found[ORDERS] == (1, 1, 19, 0)
    assert found[PHASES] == (0, 1, 38, 1)
    assert found[ERRORS] == (1, 0, 20, 1)
    assert found[SKILLS] == (0, 1, 2, 0)
    assert found[EMPLOYEES] == (0, 0, 3, 0)


def test_a_changed_content_has_another_checksum(plant: Plant) -> None:
    first = plant.ingest(factory())
    rows = factory()
    rows[PRODUCTS][0][2] = 12.3
    second = plant.ingest(rows)
    ours, theirs = sums(plant, first.run_id), sums(plant, second.run_id)
    assert {sheet for sheet in ours if ours[sheet] != theirs[sheet]} == {PRODUCTS}


def test_a_dry_run_counts_everything_and_leaves_nothing(plant: Plant) -> None:
    first = plant.ingest(factory())
    tables = plant.run_tables()
    rows = factory()
    rows[ORDERS].append(order(20))
    result = plant.ingest(rows, dry_run=True, reports_dir=plant.folder)
    assert result.status == "DRY_RUN"
    assert {one.sheet: one.inserted for one in result.sheets}[ORDERS] == 1
    assert plant.live() == first.run_id
    assert plant.statuses() == {first.run_id: "PUBLISHED"}
    assert plant.run_tables() == tables
    assert (plant.folder / "ingestion_report.json").exists()


def test_a_tenth_of_the_keys_may_go(plant: Plant) -> None:
    plant.ingest(factory())
    rows = factory()
    del rows[PHASES][36:]
    assert {one.sheet: one.deleted for one in plant.ingest(rows).sheets}[PHASES] == 4


def test_more_than_a_tenth_is_refused_unless_allowed(plant: Plant) -> None:
    first = plant.ingest(factory())
    before = sums(plant, first.run_id)
    rows = factory()
    del rows[PHASES][35:]
    with pytest.raises(ShrinkRefused, match="FasesOrdemFabrico would lose 5 of 40 keys") as refusal:
        plant.ingest(rows)
    assert refusal.value.exit_code == 3
    assert plant.live() == first.run_id
    assert "REFUSED" in plant.statuses().values()
    assert sums(plant, first.run_id) == before
    allowed = plant.ingest(rows, allow_shrink=True)
    assert plant.live() == allowed.run_id
