"""Scenarios kept by name: listed, simulated on a newer export, compared and deleted; docs/kpis.md, "Kept scenarios"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from app.api.keys.api_keys import Scope
from app.api.keys.keys_file import add_key
from app.features.calendar import load_calendar
from app.planning.simulation import kept_scenarios
from app.planning.simulation.kept_scenarios import NewScenario
from app.planning.simulation.scenario import Scenario
from app.planning.simulation.shop import shop_of
from app.planning.simulation.whatif import simulate
from app.planning.snapshot.live_run import resolve_run
from tests.integration.api import shown
from tests.integration.api.conftest import Factory, NewFactory
from tests.integration.api.workbooks import NULL

KEPT = "/api/whatif/scenarios"
EDD: dict[str, Any] = {"rule": "EDD", "capacity_overrides": [{"phase_id": 2, "capacity": 2}]}


@pytest.fixture(scope="module")
def planned(new_factory: NewFactory) -> Iterator[Factory]:
    """The examples' factory with one more order, 1004, that is open."""
    with new_factory() as factory:
        rows = shown.factory()
        rows["OrdensFabrico"].append([1004, shown.at(4), NULL, shown.PRODUCT, 2, shown.at(7)])
        rows["FasesOrdemFabrico"].append([505, 1004, NULL, NULL, shown.at(7), 6, 0, 2, 0, 0, 1, 1])
        factory.ingest(rows)
        yield factory


@pytest.fixture
def client(planned: Factory) -> Iterator[httpx.Client]:
    """The API, with no scenario kept."""
    with planned.api() as client:
        yield client
        for one in client.get(KEPT).json()["scenarios"]:
            assert client.delete(f"{KEPT}/{one['scenario_id']}").status_code == 204


def keep(client: httpx.Client, name: str, scenario: dict[str, Any]) -> dict[str, Any]:
    answer = client.post(KEPT, json={"name": name, "scenario": scenario})
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == f"{KEPT}/{answer.json()['scenario_id']}"
    body: dict[str, Any] = answer.json()
    return body


def test_kept_scenario_is_listed_with_its_outcome_until_it_is_deleted(client: httpx.Client) -> None:
    kept = keep(client, "Dois moldes", EDD)
    simulated = client.post("/api/whatif/simulate", json=EDD).json()
    assert (kept["kept_baseline"], kept["kept_simulated"]) == (simulated["baseline"], simulated["simulated"])
    assert (kept["scenario"], kept["kept_run_id"]) == (simulated["scenario"], simulated["run_id"])
    other = keep(client, "Agosto", {})
    assert client.get(KEPT).json()["scenarios"] == [other, kept]
    assert client.get(f"{KEPT}/{kept['scenario_id']}").json() == kept
    gone = f"{KEPT}/{other['scenario_id']}"
    assert [client.delete(gone).status_code, client.delete(gone).status_code] == [204, 404]
    assert client.get(gone).json()["code"] == "SCENARIO_NOT_FOUND"
    assert client.get(KEPT).json()["scenarios"] == [kept]


def test_name_that_is_taken_is_refused(client: httpx.Client) -> None:
    keep(client, "Dois moldes", EDD)
    answer = client.post(KEPT, json={"name": "Dois moldes", "scenario": {}})
    assert (answer.status_code, answer.json()["code"]) == (409, "NAME_TAKEN")


def test_no_more_are_kept_than_may_be(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_scenarios, "MOST_KEPT", 1)
    keep(client, "one", {})
    answer = client.post(KEPT, json={"name": "two", "scenario": {}})
    assert (answer.status_code, answer.json()["code"]) == (409, "TOO_MANY_SCENARIOS")


def test_two_at_once_do_not_both_take_the_last_place(planned: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_scenarios, "MOST_KEPT", 1)
    engine = sa.create_engine(planned.url, poolclass=sa.NullPool)

    def keep_one(connection: sa.Connection, name: str) -> None:
        run = resolve_run(connection, "main")
        shop = shop_of(connection, run, load_calendar(None))
        new = NewScenario(name=name, scenario=Scenario())
        found = simulate(shop, shop.open_work(connection, None), new.scenario)
        kept_scenarios.keep(connection, "main", "a test", new, run.run_id, found)

    with engine.connect() as one, engine.connect() as other:
        keep_one(one, "first")
        other.exec_driver_sql("SET lock_timeout = '50ms'")
        other.commit()
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            keep_one(other, "second")
        other.rollback()
        one.commit()
        with pytest.raises(kept_scenarios.TooManyScenarios):
            keep_one(other, "second")
        other.rollback()
        one.exec_driver_sql("DELETE FROM audit.what_if_scenarios")
        one.commit()


@pytest.mark.parametrize(
    ("body", "parameter"),
    [
        ({"name": "", "scenario": {}}, "name"),
        ({"name": " padded", "scenario": {}}, "name"),
        ({"name": "x" * 81, "scenario": {}}, "name"),
        ({"name": "a\nb", "scenario": {}}, "name"),
        ({"name": "a", "note": "\0", "scenario": {}}, "note"),
        ({"name": "a", "scenario": {"rule": "LIFO"}}, "scenario.rule"),
        ({"name": "a", "scenario": {"first_orders": [-1]}}, "scenario.first_orders.0"),
        ({"name": "a"}, "scenario"),
    ],
)
def test_what_cannot_be_simulated_is_not_kept(client: httpx.Client, body: dict[str, Any], parameter: str) -> None:
    answer = client.post(KEPT, json=body)
    assert (answer.status_code, [one["parameter"] for one in answer.json()["errors"]]) == (422, [parameter])
    assert client.get(KEPT).json() == {"scenarios": []}


def test_scenario_is_simulated_again_on_a_newer_export_without_what_is_over(new_factory: NewFactory) -> None:
    with new_factory() as factory:
        rows = shown.factory()
        rows["OrdensFabrico"].append([1004, shown.at(4), NULL, shown.PRODUCT, 2, shown.at(7)])
        rows["FasesOrdemFabrico"].append([505, 1004, NULL, NULL, shown.at(7), 6, 0, 2, 0, 0, 1, 1])
        first = factory.ingest(rows)
        with factory.api() as client:
            kept = keep(client, "rush", {"first_orders": [1004, 1002], "vip_orders": []})
            newer = shown.factory()
            newer["OrdensFabrico"].append([1004, shown.at(4), shown.at(7), shown.PRODUCT, 2, shown.at(7)])
            newer["FasesOrdemFabrico"].append([505, 1004, shown.at(6), shown.at(7), shown.at(7), 6, 0, 2, 0, 0, 1, 1])
            second = factory.ingest(newer, "newer.xlsx")
            again = client.post(f"{KEPT}/{kept['scenario_id']}/simulate").json()
            then = client.post(f"{KEPT}/{kept['scenario_id']}/simulate", params={"run_id": first.run_id}).json()
    assert (again["run_id"], again["left_out_orders"], again["scenario"]["first_orders"]) == (
        second.run_id,
        [1004],
        [1002],
    )
    assert again["kept"] == then["kept"] == kept
    assert (then["left_out_orders"], then["simulated"]) == ([], kept["kept_simulated"])


def test_compared_scenarios_have_the_figures_of_their_own_simulations(client: httpx.Client) -> None:
    numbers = [keep(client, name, scenario)["scenario_id"] for name, scenario in (("b", EDD), ("a", {}))]
    found = client.post("/api/whatif/compare", json={"scenario_ids": numbers}).json()["scenarios"]
    assert [one["name"] for one in found] == ["b", "a"]
    for one, scenario in zip(found, (EDD, {}), strict=True):
        alone = client.post("/api/whatif/simulate", json=scenario).json()
        assert {name: one[name] for name in alone.keys() & one.keys()} == {
            name: alone[name] for name in alone.keys() & one.keys()
        }
    unknown = client.post("/api/whatif/compare", json={"scenario_ids": [numbers[0], 10**9]})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "SCENARIO_NOT_FOUND")


def test_keeping_needs_the_scope_plan(planned: Factory, tmp_path: Any) -> None:
    path = tmp_path / "api_keys.json"
    reader, planner = (
        {"Authorization": f"Bearer {add_key(path, scope.value, [scope])}"} for scope in (Scope.READ, Scope.PLAN)
    )
    with planned.api(api_keys_file=path) as client:
        body = {"name": "mine", "scenario": {}}
        client.headers.pop("Authorization", None)
        assert client.post(KEPT, json=body).status_code == 401
        assert client.post(KEPT, json=body, headers=reader).status_code == 403
        kept = client.post(KEPT, json=body, headers=planner)
        assert (kept.status_code, kept.json()["kept_by"]) == (201, "key plan")
        address = kept.headers["Location"]
        assert client.delete(address, headers=reader).status_code == 403
        assert client.delete(address, headers=planner).status_code == 204
