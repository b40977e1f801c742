"""Pages of what-if: every member of the form, the schedule as bars, and scenarios that are kept."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from app.api.web.texts.figures import number
from app.languages.spoken_language import Language
from tests.integration.api.conftest import Factory
from tests.integration.api.web.browser import BOTH, KEYS, READER, browser, faults_of, text_of
from tests.integration.api.web.test_web_figures import rows_of

AUTHORISED = {"Authorization": f"Bearer {BOTH}", "Accept": "application/json"}


@pytest.fixture(scope="module")
def planner(busy: Factory) -> Iterator[httpx.Client]:
    with browser(busy, BOTH, rate_simulation="1000/minute", **KEYS) as client:
        yield client


FIELDS = {
    "capacity_overrides": {"phase_id": "phase", "capacity": "places"},
    "breakdowns": {
        "phase_id": "breakdown_phase",
        "starts_at": "breakdown_from",
        "ends_at": "breakdown_to",
        "places": "breakdown_places",
    },
    "overtime": {
        "first": "overtime_from",
        "last": "overtime_to",
        "hours": "overtime_hours",
        "phase_id": "overtime_phase",
    },
    "due_dates": {"work_order_id": "due_order", "due": "due_day"},
}
LINES = {"breakdowns": (1, 2, 10), "overtime": (1, 3)}
"""Lines of the form that hold the scenario's entries; of the other parts the first."""


def form_of(scenario: dict[str, Any]) -> dict[str, Any]:
    """The fields of the form for a scenario; as a browser sends it, others are there and empty."""
    form = {"rule": scenario["rule"], "phase_2": "", "places_2": "", "breakdown_places_2": ""}
    form |= {"rush": ", ".join(map(str, scenario["first_orders"])), "vip": " ".join(map(str, scenario["vip_orders"]))}
    for part, names in FIELDS.items():
        for line, entry in zip(LINES.get(part, (1,)), scenario[part], strict=True):
            form |= {f"{names[member]}_{line}": value for member, value in entry.items()}
    return form


@pytest.fixture(scope="module")
def asked(planner: httpx.Client) -> tuple[dict[str, Any], dict[str, Any]]:
    """A scenario as the API takes it, and the fields of the form for it."""
    schedule = planner.post("/api/whatif/schedule", json={}, headers=AUTHORISED).json()
    as_of = dt.datetime.fromisoformat(schedule["as_of"])
    later = (as_of + dt.timedelta(days=2)).replace(minute=0, second=0, microsecond=0)
    orders = list(dict.fromkeys(one["work_order_id"] for one in schedule["executions"]))
    phase, first, last = schedule["executions"][0]["phase_id"], as_of.date(), as_of.date() + dt.timedelta(days=9)
    other = next(one["phase_id"] for one in schedule["executions"] if one["phase_id"] != phase)
    moments = (later + dt.timedelta(days=days) for days in (0, 3, 4, 6))
    starts, ends, again, end_again = (f"{moment:%Y-%m-%dT%H:%M}" for moment in moments)
    scenario = {
        "rule": "EDD",
        "capacity_overrides": [{"phase_id": phase, "capacity": 2}],
        "breakdowns": [
            {"phase_id": phase, "starts_at": starts, "ends_at": ends, "places": 1},
            {"phase_id": phase, "starts_at": again, "ends_at": end_again},
            {"phase_id": other, "starts_at": starts, "ends_at": ends},
        ],
        "overtime": [
            {"first": str(first), "last": str(last), "hours": 1.5, "phase_id": phase},
            {"first": str(first), "last": str(last), "hours": 2.5, "phase_id": other},
        ],
        "first_orders": orders[:2],
        "vip_orders": orders[2:3],
        "due_dates": [{"work_order_id": orders[3], "due": str(first)}],
    }
    return scenario, form_of(scenario)


def test_form_asks_for_the_scenario_that_the_route_takes(
    planner: httpx.Client, asked: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    scenario, form = asked
    html = planner.get("/load/what-if", params=form).text
    assert faults_of(html) == []
    expected = planner.post("/api/whatif/simulate", json=scenario, headers=AUTHORISED).json()
    shown = {row[0]: row[1:3] for row in rows_of(html, "Outcome")}
    for name, label, decimals in (("late_orders", "Late orders", 0), ("makespan_hours", "Hours until the last", 1)):
        figures = [number(Language.EN, expected[one][name], decimals) for one in ("baseline", "simulated")]
        assert next(cells for head, cells in shown.items() if head.startswith(label)) == figures
    phase = scenario["capacity_overrides"][0]["phase_id"]
    plan = planner.post(f"/api/whatif/schedule?phase={phase}&limit=150", json=scenario, headers=AUTHORISED).json()
    bars = rows_of(html, "The first")
    assert [row[0].split()[0] for row in bars] == [str(one["work_order_id"]) for one in plan["executions"]] != []
    places = re.findall(r'<rect class="\w+" x="([\d.]+)" y="1" width="([\d.]+)"', html)
    widths = [(float(x), float(width)) for x, width in places]
    assert len(widths) == len(bars)
    assert all(x >= 0 and width > 0 and x + width <= 100.01 for x, width in widths)
    days = [day for one in plan["utilisation"] for day in one["days"]]
    assert [row[0] for row in rows_of(html, "How busy the phase is")] == [one["day"] for one in days]


def test_form_has_room_for_one_more_than_is_filled(
    planner: httpx.Client, asked: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    def lines(html: str, field: str) -> list[str]:
        return re.findall(rf'id="{field}_(\d+)"', html)

    empty = planner.get("/load").text
    for field in ("phase", "breakdown_from", "overtime_hours", "due_day"):
        assert lines(empty, field) == ["1", "2", "3"], field
    html = planner.get("/load/what-if", params=asked[1]).text
    assert lines(html, "breakdown_from") == [str(line) for line in range(1, 11)], "ten is the most"
    assert lines(html, "overtime_hours") == ["1", "2", "3", "4"]
    given = dict(re.findall(r'id="((?:breakdown|overtime)_\w+)" name="\w+" type="[\w-]+"[^>]* value="([^"]+)"', html))
    filled = {name: str(value) for name, value in asked[1].items() if value != "" and "phase" not in name}
    assert given == {name: value for name, value in filled.items() if re.match("breakdown|overtime", name)}
    assert len(re.findall(r"<details open>", html)) == 4


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("breakdown_phase_1=1", "breakdown_from_1"),
        ("breakdown_places_2=1", "breakdown_phase_2"),
        (
            "breakdown_phase_3=1&breakdown_from_3=2024-03-02T08:00&breakdown_to_3=2024-03-01T08:00",
            "ends_at is not after",
        ),
        ("overtime_hours_1=2", "overtime_from_1"),
        ("overtime_from_2=2024-03-02&overtime_to_2=2024-03-01&overtime_hours_2=2", "last is before first"),
        ("due_order_2=5", "due_day_2"),
        ("rush=5;x", "Give numbers of orders"),
        ("rush=99999999", "UNKNOWN_ORDER"),
        ("overtime_hours_1=25", "overtime_hours_1"),
    ],
)
def test_part_of_a_scenario_that_cannot_be_is_named(planner: httpx.Client, query: str, words: str) -> None:
    refused = planner.get(f"/load/what-if?{query}")
    assert (refused.status_code, words in text_of(refused.text)) == (422, True), text_of(refused.text)


def test_scenario_is_kept_simulated_again_compared_and_removed(
    planner: httpx.Client, asked: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    html = planner.get("/load/what-if", params=asked[1]).text
    hidden = re.search(r'name="scenario" value="([^"]*)"', html)
    assert hidden is not None
    fields = {"name": "Two moulds", "note": "for May", "scenario": unescape(hidden[1])}
    assert planner.post("/load/scenarios", data=fields).headers["location"] == "/load/scenarios"
    taken = planner.post("/load/scenarios", data=fields)
    assert (taken.status_code, "kept already" in text_of(taken.text)) == (409, True)
    listed = planner.get("/load/scenarios").text
    (row,) = rows_of(listed, "By name")
    assert row[:2] == ["Two moulds", "for May"]
    found = re.search(r'href="(/load/scenarios/(\d+))"', listed)
    assert found is not None
    again = planner.get(found[1]).text
    compared = planner.get(f"/load/scenarios/compared?{urlencode({'first': found[2], 'second': '', 'third': ''})}").text
    now = planner.post(f"/api/whatif/scenarios/{found[2]}/simulate", headers=AUTHORISED).json()
    assert ("Two moulds : for May" in text_of(again), faults_of(again + ""), faults_of(listed)) == (True, [], [])
    late = next(row for row in rows_of(compared, "Each with") if row[0] == "Late orders")[1]
    assert late.split()[0] == str(now["simulated"]["late_orders"])
    assert faults_of(compared) == []
    assert planner.post(f"{found[1]}/delete").headers["location"] == "/load/scenarios"
    assert planner.get(found[1]).status_code == 404
    assert "No scenario is kept yet" in text_of(planner.get("/load/scenarios").text)


def test_kept_scenarios_need_their_scope(busy: Factory) -> None:
    with browser(busy, READER, **KEYS) as client:
        for answer in (client.get("/load/scenarios"), client.post("/load/scenarios", data={"name": "x"})):
            assert (answer.status_code, "SCOPE_MISSING" in answer.text) == (403, True)
