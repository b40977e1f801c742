"""Scenarios over HTTP: the same answer to the byte, and a refusal that names what is wrong."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory

SIMULATE = "/api/whatif/simulate"
SCENARIO: dict[str, Any] = {
    "rule": "SPT",
    "capacity_overrides": [{"phase_id": 3, "capacity": 2}, {"phase_id": 1, "capacity": 5}],
    "calendar": {"around_the_clock": True},
}


def post(client: httpx.Client, scenario: Any) -> httpx.Response:
    return client.post(SIMULATE, json=scenario)


def test_same_run_and_scenario_give_the_same_bytes(busy: Factory) -> None:
    """Two applications give the same answer, also for overrides in another order."""
    turned = {**SCENARIO, "capacity_overrides": SCENARIO["capacity_overrides"][::-1]}
    with busy.api() as client, busy.api() as other:
        answers = [post(client, SCENARIO), post(client, SCENARIO), post(other, turned)]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1


def test_baseline_against_itself_moves_nothing_and_other_scenarios_do(client: httpx.Client) -> None:
    usual = post(client, {}).json()
    assert usual["simulated"] == usual["baseline"]
    assert (usual["affected_orders"], usual["most_affected_orders"]) == (0, [])
    assert set(usual["delta"].values()) == {0}
    other = post(client, SCENARIO).json()
    assert other["baseline"] == usual["baseline"] != other["simulated"]
    assert 0 < other["affected_orders"] <= other["simulated_orders"] <= other["open_orders"]
    capacities = {phase["phase_id"]: phase["capacity"] for phase in other["phases"]}
    assert (capacities[1], capacities[3]) == (5, 2)


def test_phase_that_the_run_does_not_know_is_named(client: httpx.Client) -> None:
    overrides = [{"phase_id": 3, "capacity": 2}, {"phase_id": 999, "capacity": 1}, {"phase_id": -4, "capacity": 1}]
    answer = post(client, {"capacity_overrides": overrides})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "UNKNOWN_PHASE")
    named = [(one["location"], one["parameter"], one["message"]) for one in problem["errors"]]
    assert named == [
        ("body", "capacity_overrides.1.phase_id", "no phase 999"),
        ("body", "capacity_overrides.2.phase_id", "no phase -4"),
    ]


def test_rush_order_that_is_not_open_is_named(client: httpx.Client) -> None:
    problem = post(client, {"first_orders": [-3]}).json()
    assert (problem["status"], problem["code"]) == (422, "UNKNOWN_ORDER")
    assert problem["errors"] == [{"location": "body", "parameter": "first_orders.0", "message": "no order -3"}]


@pytest.mark.parametrize(
    ("scenario", "parameter"),
    [
        ({"rule": "LIFO"}, "rule"),
        ({"rules": "EDD"}, "rules"),
        ({"capacity_overrides": {"3": 2}}, "capacity_overrides"),
        ({"capacity_overrides": [{"phase_id": 3, "capacity": 0}]}, "capacity_overrides.0.capacity"),
        ({"capacity_overrides": [{"phase_id": 3, "capacity": 1001}]}, "capacity_overrides.0.capacity"),
        ({"capacity_overrides": [{"phase_id": 3, "capacity": True}]}, "capacity_overrides.0.capacity"),
        ({"capacity_overrides": [{"phase_id": 2**63, "capacity": 1}]}, "capacity_overrides.0.phase_id"),
        ({"capacity_overrides": [{"phase_id": 3, "capacity": 1}] * 2}, "capacity_overrides"),
        ({"capacity_overrides": [{"phase_id": n, "capacity": 1} for n in range(501)]}, "capacity_overrides"),
        ({"calendar": {}}, "calendar"),
        ({"calendar": {"around_the_clock": "yes"}}, "calendar.around_the_clock"),
        (
            {"calendar": {"working_days": ["MONDAY"], "shifts": [{"start": "8", "end": "17:00"}]}},
            "calendar.shifts.0.start",
        ),
        ({"calendar": {"working_days": ["MONDAY"], "shifts": [{"start": "08:00"}]}}, "calendar.shifts.0.end"),
    ],
)
def test_invalid_scenario_is_refused_by_the_name_of_its_fault(
    client: httpx.Client, scenario: dict[str, Any], parameter: str
) -> None:
    answer = post(client, scenario)
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_PARAMETER")
    assert [one["parameter"] for one in answer.json()["errors"]] == [parameter]


def test_work_beyond_the_calendar_is_simulated_all_the_same(fresh: Factory) -> None:
    """Executions of a phase took decades, and there are too many to end within the calendar."""
    rows = workbooks.catalogues()
    early, late = workbooks.START.replace(year=1980), workbooks.START
    null = workbooks.NULL
    rows["OrdensFabrico"] = [[n, early, null, 1, 1, workbooks.START] for n in range(1, 9)]
    rows["FasesOrdemFabrico"] = [[1, 1, early, late, null, 1, 0, 1, 0, 0, null, 0]]
    rows["FasesOrdemFabrico"] += [[n, 1 + n % 8, null, null, null, 10, 0, 1, 0, 0, null, n] for n in range(2, 200)]
    fresh.ingest(rows)
    with fresh.api() as client:
        answer = post(
            client, {"rule": "EDD", "include": "stale", "capacity_overrides": [{"phase_id": 1, "capacity": 2}]}
        )
    assert answer.status_code == 200, answer.text
    body = answer.json()
    last = max(body["most_affected_orders"], key=lambda order: -order["simulated_slack_days"])
    assert (last["simulated_completion_at"], last["simulated_slack_days"] < -8_000 * 365) == (None, True)
    assert body["simulated"]["tardiness_days"] < body["baseline"]["tardiness_days"]
