"""Two plants with a database each behind one API: an address answers of its own plant, a key is good for its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from app.api import plant_backends
from app.api.keys.api_keys import Scope, keys_text, new_key
from app.config import NO_PLANTS_FILE
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory
from tests.integration.api.plants.conftest import NOWHERE, Serve, entry


@pytest.fixture(scope="module")
def client(serve: Serve, plants: dict[str, Factory]) -> Iterator[httpx.Client]:
    url = plants["north"].url.render_as_string(hide_password=False)
    with serve(entry("Vila do Conde", url) + entry("Fábrica.2", url) + entry("down", NOWHERE)) as client:
        yield client


def test_each_address_answers_of_its_plant(client: httpx.Client) -> None:
    own = client.get("/api/kpis/overview").json()
    north = client.get("/api/plants/north/kpis/overview").json()
    assert (own["plant"], own["workbook_name"]) == ("main", "main.xlsx")
    assert (north["plant"], north["workbook_name"]) == ("north", "north4.xlsx")
    assert client.get("/api/plants/main/kpis/overview").json() == own
    for path in ("ready", "feature-gates", "ingestion/runs"):
        assert client.get(f"/api/plants/north/{path}").json()["plant"] == "north"
        assert client.get(f"/api/{path}").json()["plant"] == "main"


def test_run_of_another_plant_is_not_found(client: httpx.Client) -> None:
    runs = client.get("/api/plants/north/ingestion/runs").json()["runs"]
    assert [run["plant"] for run in runs] == ["north", "north"]
    newest = runs[0]["run_id"]
    assert client.get(f"/api/plants/north/ingestion/runs/{newest}").status_code == 200
    assert client.get(f"/api/ingestion/runs/{newest}").status_code == 404
    assert client.get("/api/kpis/overview", params={"run_id": newest}).json()["code"] == "RUN_NOT_FOUND"


@pytest.mark.parametrize(
    "name", ["nroth", "North", "NORTH", "north%20", "n%6Frth%2Fx", "%2e%2e", "north%2520", "%00", "a" * 5000]
)
def test_unknown_plant_is_not_found(client: httpx.Client, name: str) -> None:
    answer = client.get(f"{client.base_url}/api/plants/{name}/kpis/overview")
    assert answer.status_code == 404
    assert answer.json()["code"] in ("PLANT_NOT_FOUND", "NOT_FOUND")


@pytest.mark.parametrize("name", ["Vila%20do%20Conde", "F%C3%A1brica.2", "Fa%CC%81brica.2", "n%6Frth"])
def test_plant_is_found_however_its_name_is_escaped(client: httpx.Client, name: str) -> None:
    answer = client.get(f"/api/plants/{name}/ready")
    assert answer.json()["code" if answer.status_code == 503 else "plant"] in ("NO_DATA", "north")


@pytest.mark.parametrize("path", ["", "plants", "plants/main/kpis/overview", "../kpis/overview", "nothing", "/kpis"])
def test_address_below_a_plant_is_one_of_the_api(client: httpx.Client, path: str) -> None:
    answer = client.get(f"/api/plants/north/{path}")
    assert answer.status_code == 404
    assert answer.json()["instance"].startswith("/api/plants/")


def test_problem_names_the_address_below_the_plant(client: httpx.Client) -> None:
    wrong = client.get("/api/plants/north/prodplan/orders", params={"limit": "x"})
    assert (wrong.status_code, wrong.json()["instance"]) == (422, "/api/plants/north/prodplan/orders")


def test_upload_is_queued_for_its_plant_and_followed_below_it(client: httpx.Client, plants: dict[str, Factory]) -> None:
    content = workbooks.write(plants["main"].folder / "sent.xlsx", workbooks.factory(seed=11)).read_bytes()
    kind = {"Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
    asked = client.post("/api/plants/north/ingestion/runs", content=content, headers=kind)
    assert asked.status_code == 202, asked.text
    assert (asked.json()["plant"], asked.json()["status"]) == ("north", "QUEUED")
    location = asked.headers["Location"]
    assert location == f"/api/plants/north/ingestion/runs/{asked.json()['run_id']}"
    assert client.get(location).json()["run_id"] == asked.json()["run_id"]
    assert [run["plant"] for run in client.get("/api/ingestion/runs").json()["runs"]] == ["main"]


def test_cursor_and_tag_are_good_for_their_plant_alone(client: httpx.Client) -> None:
    first = client.get("/api/plants/north/prodplan/orders", params={"limit": 5})
    cursor = {"limit": 5, "cursor": first.json()["next_cursor"]}
    assert client.get("/api/plants/north/prodplan/orders", params=cursor).status_code == 200
    assert client.get("/api/prodplan/orders", params=cursor).json()["code"] == "INVALID_CURSOR"
    tag = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/api/plants/north/prodplan/orders", params={"limit": 5}, headers=tag).status_code == 304
    assert client.get("/api/prodplan/orders", params={"limit": 5}, headers=tag).status_code == 200


def test_plant_whose_database_is_down_leaves_the_others_alone(client: httpx.Client) -> None:
    down = client.get("/api/plants/down/kpis/overview")
    assert (down.status_code, down.json()["code"]) == (503, "DATABASE_UNAVAILABLE")
    assert client.get("/api/plants/north/kpis/overview").status_code == 200
    assert client.get("/api/kpis/overview").status_code == 200


def test_plant_has_its_own_calendar(client: httpx.Client) -> None:
    def shifts(path: str) -> Any:
        return client.post(path, json={}).json()["calendar"]["shifts"]

    assert shifts("/api/plants/north/whatif/simulate") == [{"start": "06:00", "end": "07:00"}]
    assert shifts("/api/whatif/simulate") != [{"start": "06:00", "end": "07:00"}]


def test_metrics_tell_the_plants_apart_and_name_nothing_twice(client: httpx.Client) -> None:
    text = client.get("/metrics").text
    families = list(text_string_to_metric_families(text))
    assert len({(one.name, one.type) for one in families}) == len(families)
    samples = {(one.name, one.labels.get("plant")): one.value for family in families for one in family.samples}
    assert samples["prodplan_plant_up", "north"] == 1
    assert samples["prodplan_plant_up", "down"] == 0
    assert samples["prodplan_requests_open", "north"] >= samples["prodplan_requests_open", "main"] == 0
    assert samples["prodplan_live_run", "north"] == 2
    assert ("prodplan_live_run", "down") not in samples
    for name in ("prodplan_gate_status", "prodplan_orders", "prodplan_data_age_seconds", "prodplan_requests_open"):
        assert {"main", "north"} <= {plant for sample, plant in samples if sample == name}, name


def test_plants_are_listed(client: httpx.Client) -> None:
    listed = {one["plant"]: one for one in client.get("/api/plants").json()["plants"]}
    assert list(listed) == ["main", "north", "Vila do Conde", "Fábrica.2", "down"]
    assert [name for name, one in listed.items() if one["is_default"]] == ["main"]
    assert client.get(f"{listed['Vila do Conde']['address']}health").status_code == 200


def test_plant_served_alone_knows_no_other_and_complains_of_no_file(
    plants: dict[str, Factory], monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[object] = []
    monkeypatch.setattr(plant_backends.log, "error", lambda *said: logged.append(said))
    with plants["north"].api(plant="north", plants_file=NO_PLANTS_FILE) as client:
        assert client.get("/api/kpis/overview").json()["plant"] == "north"
        assert [one["plant"] for one in client.get("/api/plants").json()["plants"]] == ["north"]
        assert client.get("/api/plants/main/kpis/overview").status_code == 404
    assert logged == []


@pytest.fixture(scope="module")
def keyed(serve: Serve) -> Iterator[tuple[httpx.Client, dict[str, str]]]:
    """The API where keys are required, and keys: for north alone, for both plants by name, for every plant."""
    made = {
        "north": new_key("north", Scope, ["north"]),
        "both": new_key("both", Scope, ["north", "main"]),
        "all": new_key("all", Scope),
    }
    text = keys_text([key for _, key in made.values()])
    with serve(require_api_key=True, api_keys=SecretStr(text)) as client:
        yield client, {name: key_text for name, (key_text, _) in made.items()}


@pytest.mark.parametrize(
    ("key", "own", "north"), [("north", 403, 200), ("both", 200, 200), ("all", 200, 200), (None, 401, 401)]
)
def test_key_is_good_for_its_plants_in_both_directions(
    keyed: tuple[httpx.Client, dict[str, str]], key: str | None, own: int, north: int
) -> None:
    client, keys = keyed
    headers = {"Authorization": f"Bearer {keys[key]}"} if key else {}
    for path in ("kpis/overview", "ingestion/runs", "prodplan/orders.csv"):
        assert client.get(f"/api/{path}", headers=headers).status_code == own
        assert client.get(f"/api/plants/north/{path}", headers=headers).status_code == north
    simulated = client.post("/api/plants/north/whatif/simulate", json={}, headers=headers)
    assert simulated.status_code == north


def test_nobody_learns_of_a_plant_without_a_key_for_it(keyed: tuple[httpx.Client, dict[str, str]]) -> None:
    client, keys = keyed
    for headers in ({}, {"Authorization": f"Bearer {keys['north']}"}, {"Authorization": "Bearer nobody"}):
        for path in ("kpis/overview", "health", "ready", "openapi.json", "nothing"):
            known, unknown = (client.get(f"/api/plants/{name}/{path}", headers=headers) for name in ("main", "nroth"))
            bodies = [one.json() | {"instance": ""} for one in (known, unknown)]
            assert (known.status_code, bodies[0]) == (unknown.status_code, bodies[1])
            assert known.status_code == (404 if keys["north"] in str(headers) else 401)
    listed = client.get("/api/plants", headers={"Authorization": f"Bearer {keys['north']}"}).json()
    assert [one["plant"] for one in listed["plants"]] == ["north"]
    assert client.get("/api/plants").status_code == 401


def test_file_of_the_plants_may_change_while_serving(serve: Serve, plants: dict[str, Factory], folder: Path) -> None:
    path = folder / "plants.toml"
    url = plants["north"].url.render_as_string(hide_password=False)
    with serve() as client:
        assert client.get("/api/plants/south/health").status_code == 404
        before = path.read_text(encoding="utf-8")
        path.write_text(before + entry("south", url), encoding="utf-8")
        assert client.get("/api/plants/south/health").status_code == 200
        path.write_text("[plants.north", encoding="utf-8")
        assert client.get("/api/plants/south/health").status_code == 200
        path.write_text(before + '[plants.south]\ndatabase_url_env = "NOT_SET_HERE"\n', encoding="utf-8")
        assert client.get("/api/plants/south/health").json()["code"] == "PLANT_UNAVAILABLE"
        assert client.get("/api/plants/north/kpis/overview").status_code == 200
        path.write_text(before, encoding="utf-8")
        assert client.get("/api/plants/south/health").status_code == 404
        assert client.get("/api/plants/north/kpis/overview").status_code == 200
