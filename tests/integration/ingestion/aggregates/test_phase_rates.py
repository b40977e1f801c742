"""Rates and states of phases equal those that the rows in core give, counted a second time in Python."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import product
from statistics import mean, median_low
from typing import Any

import pytest

from app.ingestion.tables.open_work_statement import OPEN_PHASES
from app.planning.orders import order_phases
from app.planning.snapshot.live_run import resolve_run
from tests.integration.ingestion.conftest import Plant
from tests.integration.ingestion.core_rows import DAY, HOUR, Row, keyed, latest, live
from tests.integration.ingestion.factory import AS_OF, ORDERS, PHASES, START, factory

pytestmark = pytest.mark.usefixtures("read_here")


def phase_rates(plant: Plant) -> dict[Any, Row]:
    """core.phase_rates, from the rows."""
    as_of, created = (
        latest(plant),
        {order["work_order_id"]: order["created_at"] for order in live(plant, "work_orders")},
    )
    reached: dict[int, dt.datetime] = {}
    found: dict[Any, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    routing = ("work_order_id", "sequence", "order_phase_id")
    for phase in sorted(live(plant, "order_phases"), key=lambda phase: [phase[name] for name in routing]):
        rate, order, end = found[phase["phase_id"],], phase["work_order_id"], phase["finished_at"]
        rate["coefficients"].append(phase["coefficient"])
        if end:
            before = max(reached.get(order, created[order]), created[order])
            rate["ends"].append(end)
            rate["returns"] += [end] * phase["is_return"]
            rate["flows"].append(max((end - before) / HOUR, 0))
            reached[order] = max(before, end)
            if phase["started_at"] and as_of - 90 * DAY < phase["started_at"] < min(end, as_of):
                rate["spans"].append((phase["started_at"], min(end, as_of)))
            if phase["started_at"] and end >= phase["started_at"]:
                rate["durations"].append((end - phase["started_at"]).total_seconds())
    return {
        key: {
            "phase_id": key[0],
            "finished_phases": len(rate["ends"]),
            "throughput_phases": sum(as_of - 30 * DAY < end <= as_of for end in rate["ends"]),
            "throughput_window_days": 30,
            "flow_mean_hours": pytest.approx(mean(rate["flows"])) if rate["flows"] else None,
            "timed_phases": len(rate["durations"]),
            "duration_median_s": median_low(rate["durations"]) if rate["durations"] else None,
            "coefficient_median": median_low(rate["coefficients"]),
            "return_phases": len(rate["returns"]),
            "places_p95": places_p95(rate["spans"]),
        }
        for key, rate in found.items()
    }


def places_p95(spans: list[tuple[dt.datetime, dt.datetime]]) -> int | None:
    """The fewest places that sufficed in 95 % of the minutes in which there was any execution; stamps are minutes."""
    minute, busy = dt.timedelta(minutes=1), Counter[dt.datetime]()
    for start, end in spans:
        busy.update(start + n * minute for n in range((end - start) // minute))
    ranked = sorted(busy.values())
    return next((places for n, places in enumerate(ranked, start=1) if 100 * n >= 95 * len(ranked)), None)


def test_phase_rates(sampled: Plant) -> None:
    assert keyed(live(sampled, "phase_rates"), "phase_id") == phase_rates(sampled) != {}


def test_phase_rates_at_their_edges(plant: Plant) -> None:
    """Finished 30 days ago to the minute, before its start, before its order's creation, or out of routing order."""
    rows = factory()
    for place, stamps in enumerate(
        (
            [AS_OF - 31 * DAY, AS_OF - 30 * DAY],
            [AS_OF - 31 * DAY, AS_OF - 30 * DAY + HOUR / 60],
            [START + HOUR, START],
            [None, START - 400 * DAY],
            [START, None],
            [None, None],
            [START, START + 9 * DAY],
            [START, START + DAY],
        )
    ):
        rows[PHASES][place][1:4] = [rows[PHASES][0][1], *stamps]
        rows[PHASES][place][5] = place % 3
        rows[PHASES][place][7] = 1 + place // 6
    plant.ingest(rows)
    expected = phase_rates(plant)
    assert keyed(live(plant, "phase_rates"), "phase_id") == expected
    assert any(rate["timed_phases"] < rate["finished_phases"] for rate in expected.values())


def states_of(phases: Sequence[Sequence[dt.datetime | None]], *, completed: bool) -> list[str]:
    """The state of each phase of one order, from start and end in routing order: docs/kpis.md, "State of a phase"."""
    idle = [place for place, (start, end) in enumerate(phases) if not start and not end]
    running = [place for place, (start, end) in enumerate(phases) if start and not end]
    queued = idle[0] if idle and not running else None
    states = []
    for place, (_, end) in enumerate(phases):
        of_open = "IN_PROCESS" if place in running else "QUEUED" if place == queued else "WAITING"
        states.append("FINISHED" if end else "UNCLOSED" if completed else of_open)
    return states


def test_statement_of_the_open_work_has_the_states_of_the_definition(plant: Plant) -> None:
    """Orders of up to four phases with every combination of a start and an end, or neither."""
    stamps = list(product((AS_OF, None), repeat=2))
    orders = [phases for length in range(1, 5) for phases in product(stamps, repeat=length)]
    rows, expected = [], {}
    for number, phases in enumerate(orders):
        for place, ((start, end), state) in enumerate(zip(phases, states_of(phases, completed=False), strict=True)):
            key = number * 4 + place
            rows.append({"order": number, "place": place, "key": key, "start": start, "end": end})
            expected[key] = state
    member = """SELECT "order" AS work_order_id, place AS sequence, key AS order_phase_id, start AS started_at,
                       "end" AS finished_at, CAST(:as_of AS timestamp) AS created_at
                  FROM json_to_recordset(CAST(:rows AS json))
                    AS r("order" int, place int, key int, start timestamp, "end" timestamp)"""
    found = plant.rows(
        f"WITH member AS ({member}), {OPEN_PHASES} SELECT order_phase_id, state FROM open_phase",
        rows=json.dumps(rows, default=str),
        as_of=AS_OF,
    )
    assert dict(found) == {key: state for key, state in expected.items() if state != "FINISHED"}


def test_phases_of_an_order_have_the_states_of_the_definition(plant: Plant) -> None:
    """Open orders of two phases with every combination of a start and an end, or neither, and completed ones."""
    rows, seen = factory(), set()
    for number, stamps in enumerate(product(product((AS_OF, None), repeat=2), repeat=2)):
        rows[ORDERS][number][2] = None
        for place, (start, end) in enumerate(stamps):
            rows[PHASES][2 * number + place][2:4] = [start, end]
    for completed in rows[ORDERS][16:]:
        completed[2] = AS_OF
    plant.ingest(rows)
    with plant.connection() as connection:
        run = resolve_run(connection, "main")
        for order in live(plant, "work_orders"):
            found = order_phases(connection, run, order["work_order_id"])
            assert found is not None
            found_stamps = [(phase.started_at, phase.finished_at) for phase in found.phases]
            states = [phase.state.value for phase in found.phases]
            assert states == states_of(found_stamps, completed=order["completed_at"] is not None), order
            seen.update(states)
    assert seen == {"FINISHED", "UNCLOSED", "IN_PROCESS", "QUEUED", "WAITING"}
