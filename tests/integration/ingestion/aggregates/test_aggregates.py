"""The aggregates of a run equal what its rows in core say, counted a second time in Python."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.database.access.ownership import let_owner_create
from app.database.access.privileges import grant
from app.database.revisions.migrate import downgrade, upgrade
from app.database.run_tables import leftover_tables
from app.features.checklist import load_checklist
from app.ingestion.publishing import publish
from app.ingestion.tables.aggregate_tables import AGGREGATES
from tests.integration.ingestion.aggregates.counted_anew import CLASSES, key_figures, loads, standing
from tests.integration.ingestion.conftest import Plant
from tests.integration.ingestion.core_rows import DAY, HOUR, Row, errors_of, keyed, latest, live
from tests.integration.ingestion.factory import AS_OF, CATALOGUE, ERRORS, ORDERS, PHASES, START, factory

pytestmark = pytest.mark.usefixtures("read_here")


def test_key_figures(sampled: Plant) -> None:
    assert live(sampled, "key_figures") == [key_figures(sampled)]


def test_key_figures_at_their_edges(plant: Plant) -> None:
    """Completed at a day's very end or 30 days ago to the minute, to be transported on the day itself."""
    rows = factory()
    noon, orders = dt.timedelta(hours=12), rows[ORDERS]
    for place, completed in enumerate((AS_OF - 30 * DAY, AS_OF - 30 * DAY + HOUR / 60, START + noon, START + noon)):
        orders[place][1:3] = [START - DAY, completed]
    for place, transport in ((2, START), (3, START - DAY), (17, AS_OF.replace(hour=0, minute=0)), (18, AS_OF - DAY)):
        orders[place][5] = transport
    plant.ingest(rows)
    expected = key_figures(plant)
    assert live(plant, "key_figures") == [expected]
    assert (expected["on_time_orders"], expected["delivery_orders"], expected["overdue_orders"]) == (1, 2, 1)
    assert (expected["due_on_time_orders"], expected["due_orders"]) == (1, 3)


def test_phase_loads(sampled: Plant) -> None:
    assert keyed(live(sampled, "phase_loads"), "scope", "phase_id") == loads(sampled) != {}


def test_phase_loads_in_every_state(plant: Plant) -> None:
    """One open order has a phase in process, and three have one queued: after an end, or before any."""
    rows = factory()
    for place in (*range(33, 40), 2):
        rows[PHASES][place][2:4] = [None, None]
    rows[PHASES][32][2:4] = [START, START + DAY]
    rows[PHASES][38][2] = START
    for place in range(32, 40):
        rows[PHASES][place][8] = 2.5 * (place % 3)
    for place in (33, 34, 36):
        rows[PHASES][place][7] = 2
    plant.ingest(rows)
    expected = loads(plant)
    assert keyed(live(plant, "phase_loads"), "scope", "phase_id") == expected
    counting = [row for row in expected.values() if row["scope"] == "ALL"]
    totals = {state: sum(row[state] for row in counting) for state in ("in_process", "queued", "waiting")}
    assert totals == {"in_process": 1, "queued": 3, "waiting": 3}


def test_standing_of_every_open_order(sampled: Plant) -> None:
    as_of = latest(sampled)
    opened = [order for order in live(sampled, "work_orders") if not order["completed_at"]]
    routing = ("finished_at", "sequence", "order_phase_id")
    ended = [phase for phase in live(sampled, "order_phases") if phase["finished_at"]]
    ended.sort(key=lambda phase: [phase[name] for name in routing])
    latest_end = {phase["work_order_id"]: phase["phase_id"] for phase in ended if phase["finished_at"] <= as_of}
    expected = {
        (order["work_order_id"],): {
            "work_order_id": order["work_order_id"],
            "standing": standing(order, as_of),
            "terminal_class": CLASSES.get(order["phase_id"]),
            "last_phase_id": latest_end.get(order["work_order_id"]),
        }
        for order in opened
    }
    found = keyed(live(sampled, "open_orders"), "work_order_id")
    assert found == expected
    assert {row["standing"] for row in found.values()} == {"PRODUCTION", "TERMINAL", "STALE"}
    counted = Counter(row["terminal_class"] or row["standing"] for row in found.values())
    (facts,) = sampled.rows(
        "SELECT open_by_standing FROM core.snapshot_facts WHERE run_id = (SELECT run_id FROM core.current_snapshot)"
    )
    assert facts[0] == counted


def test_employee_work(sampled: Plant) -> None:
    phases = {phase["order_phase_id"]: phase for phase in live(sampled, "order_phases")}
    work: dict[Any, list[tuple[bool, Row | None]]] = defaultdict(list)
    for one in live(sampled, "phase_assignments"):
        work[one["employee_id"],].append((one["is_chief"], phases.get(one["order_phase_id"])))
    expected = {}
    for key, assigned in work.items():
        known = [phase for _, phase in assigned if phase]
        timed = [p for p in known if p["finished_at"] and p["started_at"] and p["finished_at"] >= p["started_at"]]
        expected[key] = {
            "employee_id": key[0],
            "assignments": len(assigned),
            "matched_assignments": len(known),
            "chief_assignments": sum(is_chief for is_chief, _ in assigned),
            "finished_phases": sum(phase["finished_at"] is not None for phase in known),
            "return_phases": sum(phase["is_return"] for phase in known),
            "timed_phases": len(timed),
            "elapsed_hours": pytest.approx(sum((p["finished_at"] - p["started_at"]) / HOUR for p in timed)),
        }
    assert keyed(live(sampled, "employee_work"), "employee_id") == expected


def test_phase_errors_and_descriptions(sampled: Plant) -> None:
    phases = {phase["order_phase_id"]: phase["phase_id"] for phase in live(sampled, "order_phases")}
    errors = errors_of(sampled)
    counts = Counter(("EVALUATION", error["evaluation_phase_id"], error["severity"]) for error in errors)
    culprits = [(phases.get(error["culprit_order_phase_id"]), error["severity"]) for error in errors]
    counts.update(("CULPRIT", phase, severity) for phase, severity in culprits if phase is not None)
    found = keyed(live(sampled, "phase_errors"), "role", "phase_id", "severity")
    assert {key: row["errors"] for key, row in found.items()} == counts
    texts = Counter(error["description"] for error in errors)
    top = sorted(texts.items(), key=lambda item: (-item[1], item[0]))[:10]
    shown = sorted(live(sampled, "error_descriptions"), key=lambda row: row["place"])
    assert [(row["description"], row["errors"]) for row in shown] == top
    assert [row["place"] for row in shown] == list(range(1, len(top) + 1))


def test_checklist_lines_are_counted_apart(plant: Plant) -> None:
    """Only what the phase that declares the line judged, and only the very text."""
    rows, said = factory(), "Barco bem lixado."
    for row, text, judge in zip(rows[ERRORS], (said, said, f"{said} ", said.lower()), (8, 6, 8, 8), strict=False):
        row[0], row[2] = text, judge
    plant.ingest(rows)
    lines = keyed(live(plant, "checklist_lines"), "phase_id", "description")
    assert len(lines) == len(load_checklist())
    assert {key: row["seen_rows"] for key, row in lines.items() if row["seen_rows"]} == {(8, said): 1}
    assert plant.rows("SELECT quality_errors FROM core.snapshot_facts")[0].quality_errors == len(rows[ERRORS]) - 1
    assert live(plant, "key_figures") == [key_figures(plant)]


def test_a_plant_without_orders_has_figures(plant: Plant) -> None:
    rows = factory()
    for sheet in (ORDERS, PHASES, ERRORS, CATALOGUE):
        rows[sheet] = []
    plant.ingest(rows, allow_empty=True)
    (figures,) = live(plant, "key_figures")
    missing = {name for name, value in figures.items() if value is None}
    days = {f"lead_time_{name}_days" for name in ("mean", "p50", "p90")}
    assert missing == days | {f"recent_{name}" for name in days}
    assert {value for name, value in figures.items() if name not in missing} == {0, 30}
    for table in ("phase_loads", "phase_rates", "remaining_flows", "phase_errors", "error_descriptions"):
        assert live(plant, table) == []


def test_snapshots_that_were_there_get_theirs_from_the_migration(sampled: Plant) -> None:
    """Down takes the aggregates away, up makes them anew from what core holds; every snapshot is whole again."""
    tables = [aggregate.table for aggregate in AGGREGATES]
    read = {table: f"SELECT * FROM core.{table} ORDER BY {table}::text" for table in tables}
    before = {table: sampled.rows(read[table]) for table in tables}
    assert all(before.values())
    downgrade(sampled.url, "0004", role=sampled.roles.owner)
    with sampled.connection() as connection:  # what may be done with a database is not cloned with it
        let_owner_create(connection, sampled.roles)
        connection.commit()
    upgrade(sampled.url, "head", role=sampled.roles.owner)
    with sampled.connection() as connection:  # as `bootstrap` does; the tables that were made again have no privileges
        grant(connection, sampled.roles)
        connection.commit()
    assert {table: sampled.rows(read[table]) for table in tables} == before
    with sampled.connection() as connection:
        assert leftover_tables(connection) == []
    (earlier,) = {run for run, status in sampled.statuses().items() if status == "PUBLISHED"} - {sampled.live()}
    assert publish(sampled.url, earlier, roles=sampled.roles).run_id == earlier


def test_a_description_of_any_length_is_counted(plant: Plant, tmp_path: Path) -> None:
    """Text this long fits no key of an index."""
    rows = factory()
    rows[ERRORS][0][0] = "".join(chr(0x100 + place * 7919 % 20_000) for place in range(30_000))
    plant.ingest(rows)
    assert rows[ERRORS][0][0] in {row["description"] for row in live(plant, "error_descriptions")}


def test_an_aggregate_cannot_be_written_once_published(sampled: Plant) -> None:
    with sampled.connection(sampled.roles.ingest) as connection, pytest.raises(sa.exc.ProgrammingError, match="denied"):
        connection.exec_driver_sql("UPDATE core.key_figures SET lead_time_orders = 0")
