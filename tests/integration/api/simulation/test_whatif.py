"""Scenarios over HTTP: the same answer to the byte, and a refusal that names what is wrong."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.planning.simulation import shop
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory

SIMULATE = "/api/whatif/simulate"
SCENARIO: dict[str, Any] = {
    "rule": "SPT",
    "capacity_overrides": [{"phase_id": 3, "capacity": 2}, {"phase_id": 1, "capacity": 5}],
    "calendar": {"around_the_clock": True},
}
BREAKDOWN = {"phase_id": 3, "starts_at": "2024-03-01T08:00", "ends_at": "2024-03-01T09:00:00"}
OVERTIME = {"first": "2024-03-01", "last": "2024-03-01", "hours": 2}


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


def test_all_that_the_run_does_not_know_is_named_where_it_stands(client: httpx.Client) -> None:
    answer = post(
        client, {"overtime": [OVERTIME, OVERTIME | {"phase_id": 998}], "breakdowns": [BREAKDOWN | {"phase_id": 999}]}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "UNKNOWN_PHASE")
    assert [one["parameter"] for one in answer.json()["errors"]] == ["breakdowns.0.phase_id", "overtime.1.phase_id"]
    answer = post(client, {"vip_orders": [-1], "due_dates": [{"work_order_id": -2, "due": "2024-03-01"}]})
    assert (answer.status_code, answer.json()["code"]) == (422, "UNKNOWN_ORDER")
    assert [one["parameter"] for one in answer.json()["errors"]] == ["vip_orders.0", "due_dates.0.work_order_id"]


def test_overtime_into_the_next_shift_is_refused_by_its_place(client: httpx.Client) -> None:
    # The declared shift is 08:00 to 17:00, and 4 March 2024 a Monday.
    monday = {"first": "2024-03-04", "last": "2024-03-04"}
    answer = post(client, {"overtime": [OVERTIME, {**monday, "hours": 15.25}]})
    assert (answer.status_code, answer.json()["code"]) == (422, "OVERTIME_REFUSED")
    assert answer.json()["errors"] == [
        {"location": "body", "parameter": "overtime.1", "message": answer.json()["detail"]}
    ]
    assert "give at most 15 h" in answer.json()["detail"]


def test_pages_of_a_schedule_fit_together_and_filters_narrow_it(client: httpx.Client) -> None:
    def asked(**query: int) -> dict[str, Any]:
        body: dict[str, Any] = client.post("/api/whatif/schedule", json=SCENARIO, params=query).json()
        return body

    whole = asked()
    assert whole["executions_total"] == len(whole["executions"]) > 10
    pages = [asked(limit=7, offset=offset)["executions"] for offset in range(0, len(whole["executions"]), 7)]
    assert [one for page in pages for one in page] == whole["executions"]
    at = whole["executions"][0]
    narrowed = asked(phase=at["phase_id"], of_id=at["work_order_id"], product=at["product_id"])
    assert at in narrowed["executions"]
    assert {one["phase_id"] for one in narrowed["utilisation"]} == {at["phase_id"]}
    assert asked(phase=987)["executions"] == asked(phase=987)["utilisation"] == []


def test_second_simulation_of_a_run_does_not_calibrate_again(busy: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    calibrated = []
    monkeypatch.setattr(shop, "calibrate", lambda _, run, *__: calibrated.append(run.run_id))
    with busy.api() as client:
        first, second = post(client, {}), post(client, {})
    assert (first.content, len(calibrated)) == (second.content, 1)


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
        ({"first_orders": [5], "vip_orders": [5]}, ""),
        ({"due_dates": [{"work_order_id": 5, "due": "2024-02-30"}]}, "due_dates.0.due"),
        ({"due_dates": [{"work_order_id": 5, "due": None}] * 2}, "due_dates"),
        ({"breakdowns": [BREAKDOWN | {"ends_at": "2024-03-01T08:00:00"}]}, "breakdowns.0"),
        ({"breakdowns": [BREAKDOWN | {"starts_at": "2024-03-01T08:00:00Z"}]}, "breakdowns.0.starts_at"),
        ({"breakdowns": [BREAKDOWN | {"starts_at": "2024-03-01T24:00:00"}]}, "breakdowns.0.starts_at"),
        ({"breakdowns": [BREAKDOWN | {"places": 0}]}, "breakdowns.0.places"),
        ({"breakdowns": [BREAKDOWN, BREAKDOWN | {"places": 1}]}, "breakdowns"),
        ({"overtime": [OVERTIME | {"hours": 24.5}]}, "overtime.0.hours"),
        ({"overtime": [OVERTIME | {"hours": 0}]}, "overtime.0.hours"),
        ({"overtime": [OVERTIME | {"hours": True}]}, "overtime.0.hours"),
        ({"overtime": [OVERTIME | {"hours": "2"}]}, "overtime.0.hours"),
        ({"overtime": [OVERTIME | {"last": "2024-02-29"}]}, "overtime.0"),
        ({"overtime": [OVERTIME | {"last": "2025-03-02"}]}, "overtime.0"),
        ({"overtime": [OVERTIME] * 21}, "overtime"),
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
