"""The pages' figures: those of the JSON routes about the same factory, and closed where these are closed."""

from __future__ import annotations

import csv
import io
import re

import httpx
import openpyxl
import pytest

from app.api.web.texts.figures import number
from app.languages.spoken_language import Language
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory
from tests.integration.api.web.browser import Api, browser, faults_of, rows_of, text_of

COUNTS = ("in_process", "queued", "waiting")
PAGE = {"Accept": "text/html"}


def test_list_has_the_orders_of_the_route_page_by_page(pages: httpx.Client, api: Api) -> None:
    filters = {"status": "OPEN", "sort": "slack", "limit": 7}
    expected = api("prodplan/orders", status="OPEN", sort="slack", limit=500)["orders"]
    found: list[str] = []
    address = "/orders?status=OPEN&phase=&product_name=&risk=&due_from=&due_to=&sort=slack&limit=7"
    assert pages.get(address).text == pages.get("/orders", params=filters).text, "empty fields are no filters"
    while address:
        html = pages.get(address).text
        assert f"{len(expected)} orders" in text_of(html)
        found += [row[0] for row in rows_of(html, "Orders that pass")]
        following = re.search(r'href="([^"]+)">Next page', html)
        address = following[1].replace("&amp;", "&") if following else ""
    assert found == [str(order["work_order_id"]) for order in expected]


def test_csv_of_the_page_has_the_same_filters(pages: httpx.Client, api: Api) -> None:
    html = pages.get("/orders?overdue=true&sort=due").text
    address = re.search(r'href="(/orders\.csv[^"]*)"', html)
    assert address is not None
    lines = csv.DictReader(io.StringIO(pages.get(address[1].replace("&amp;", "&"), headers={"Accept": "*/*"}).text))
    expected = api("prodplan/orders", overdue="true", sort="due", limit=500)["orders"]
    assert [int(line["\ufeffwork_order_id"]) for line in lines] == [order["work_order_id"] for order in expected]
    book = pages.get(address[1].replace("&amp;", "&").replace(".csv", ".xlsx"), headers={"Accept": "*/*"}).content
    (_, *cells), *_ = openpyxl.load_workbook(io.BytesIO(book)).worksheets[0].iter_cols(max_col=1, values_only=True)
    assert cells == [order["work_order_id"] for order in expected]


@pytest.mark.parametrize(
    ("page", "path"),
    [
        ("/load?include=stale", "prodplan/load.csv?weeks=6&include=stale"),
        ("/load?include=stale", "prodplan/wip_age.csv?include=stale"),
        ("/load/phases/3?include=stale", "prodplan/dispatch.csv?phase=3&include=stale"),
        ("/risk?include=terminal", "prodplan/risk_queue.csv?include=terminal"),
        ("/quality?to=2030-01-01", "quality/pareto.csv?to=2030-01-01"),
    ],
)
def test_page_links_to_its_list_as_csv_and_as_workbook(
    pages: httpx.Client, client: httpx.Client, page: str, path: str
) -> None:
    html = pages.get(page).text
    linked = [one.replace("&amp;", "&") for one in re.findall(r'href="([^"]+)" download', html)]
    expected = client.get(f"/api/{path}").text
    assert expected.count("\n") > 1, "an empty list compares nothing"
    (found,) = [one for one in linked if ".csv" in one and pages.get(one, headers={"Accept": "*/*"}).text == expected]
    book = pages.get(found.replace(".csv", ".xlsx"), headers={"Accept": "*/*"})
    assert found.replace(".csv", ".xlsx") in linked
    assert (book.status_code, book.content[:2]) == (200, b"PK")


def test_order_shows_its_phases_as_bars_within_the_axis(pages: httpx.Client, api: Api) -> None:
    for listed in api("prodplan/orders", limit=60)["orders"]:
        order = api(f"prodplan/orders/{listed['work_order_id']}")
        html = pages.get(f"/orders/{order['work_order_id']}").text
        assert faults_of(html) == []
        assert f"Quality errors {order['quality_errors']}" in text_of(html)
        if order["phases"]:
            rows = rows_of(html, "In routing order")
            assert len(rows) == len(order["phases"])
            begun = [one for one in order["phases"] if one["started_at"] or one["finished_at"]]
            bars = re.findall(r'<rect class="\w+" x="([\d.]+)" y="1" width="([\d.]+)"', html)
            assert len(bars) == len(begun)
            assert all(float(x) >= 0 and float(width) > 0 and float(x) + float(width) <= 100.01 for x, width in bars)


def test_open_order_shows_its_risk_and_estimated_end(pages: httpx.Client, api: Api) -> None:
    for judged in api("prodplan/orders", status="OPEN", sort="slack", limit=5)["orders"]:
        words = text_of(pages.get(f"/orders/{judged['work_order_id']}").text)
        word = {"OVERDUE": "late", "LATE": "at risk", "ON_TRACK": "on track", "UNKNOWN": "without estimate"}
        slack = judged["slack_days"]
        assert f"Risk {word[judged['risk']]} {'Created' if slack is None else f'slack: {slack} days'}" in words
        estimate = api(f"prodplan/orders/{judged['work_order_id']}/estimate")
        end, mean = (estimate[name] and estimate[name][:10] for name in ("dispatch_eta_at", "eta_at"))
        assert f"Estimated end {end or '–'} {f'by mean times: {mean}' if mean else 'Quality'}" in words


@pytest.mark.parametrize("include", ["", "terminal,stale"])
def test_load_is_that_of_schedule_and_bottlenecks(pages: httpx.Client, api: Api, include: str) -> None:
    asked = {"include": include} if include else {}
    html = pages.get("/load", params={"include": include}).text
    ranked, schedule = api("prodplan/bottlenecks", **asked), api("prodplan/schedule/current", **asked)
    shown = [(row[0], row[3], row[4], row[5]) for row in rows_of(html, "Days of work ahead")]
    assert shown == [
        (
            one["phase_name"] or f"phase {one['phase_id']}",
            *(str(one[name]) for name in ("in_process", "queued", "waiting")),
        )
        for one in ranked["phases"]
    ]
    assert len(rows_of(html, "In the factory")) == len(schedule["phases"])
    loaded, aged = api("prodplan/load", weeks=6, **asked), api("prodplan/wip_age", **asked)
    weeks, ages = rows_of(html, "Work that is due in the week"), rows_of(html, "In process / in queue")
    assert [row[1] for row in weeks] == [str(one["places"]) for one in loaded["phases"]]
    assert [row[1:] for row in ages] == [
        [f"{age['in_process']} / {age['queued']}" for age in one["ages"]] for one in aged["phases"]
    ]


def test_what_if_has_the_outcome_of_the_simulation(busy: Factory, client: httpx.Client) -> None:
    key = client.headers["Authorization"].partition(" ")[2]
    scenario = {"rule": "SPT", "capacity_overrides": [{"phase_id": 1, "capacity": 2}]}
    expected = client.post("/api/whatif/simulate", json=scenario).json()
    own = str(client.base_url).rstrip("/")
    sent = client.post("/sign-in", data={"key": key}, headers={"Origin": own})
    assert sent.status_code == 303
    html = client.get("/load/what-if?rule=SPT&phase_1=1&places_1=2&phase_2=&lang=en", headers=PAGE).text
    shown = {row[0]: row[1:3] for row in rows_of(html, "Outcome")}
    outcomes = [expected[name] for name in ("baseline", "simulated")]
    assert shown["Late orders"] == [str(one["late_orders"]) for one in outcomes]
    assert shown["Hours until the last order ends"] == [
        number(Language.EN, one["makespan_hours"], 1) for one in outcomes
    ]
    assert len(rows_of(html, "Orders that move most")) == len(expected["most_affected_orders"])
    for query, words in (
        ("phase_1=1", "places_1"),
        ("places_1=2", "phase_1"),
        ("phase_1=1&places_1=2&phase_2=1&places_2=3", "phase given more than once"),
        ("phase_1=77777&places_1=2", "UNKNOWN_PHASE"),
    ):
        refused = client.get(f"/load/what-if?{query}", headers=PAGE)
        assert (refused.status_code, words in text_of(refused.text)) == (422, True), query


def test_key_figures_have_each_run_and_the_trend(pages: httpx.Client, api: Api) -> None:
    html = pages.get("/figures?group_by=week").text
    runs, parts = api("kpis/by-run")["runs"], api("kpis/trend", group_by="week")["parts"]
    assert len(runs) == 2
    assert [(row[0], row[1], row[3], row[4], row[9]) for row in rows_of(html, "Each published workbook")] == [
        (
            str(one["of_run_id"]),
            one["workbook_name"],
            *(str(one[name]) for name in ("open_orders", "overdue_orders", "quality_errors")),
        )
        for one in runs
    ]
    shown = [(row[0], row[1], row[2], row[4]) for row in rows_of(html, "From the dates")]
    assert shown == [
        (one["start"], *(str(one[name]) for name in ("created_orders", "completed_orders", "due_orders")))
        for one in parts[: -27 if len(parts) > 26 else None : -1]
    ]


def test_risk_has_the_queue_and_the_backlog(pages: httpx.Client, api: Api) -> None:
    html = pages.get("/risk?limit=500").text
    queue, backlog = api("prodplan/risk_queue", limit=500), api("prodplan/backlog")
    assert [row[0] for row in rows_of(html, "Least slack")] == [str(one["work_order_id"]) for one in queue["orders"]]
    weeks = [(row[0], row[1], row[3]) for row in rows_of(html, "Open orders by the week")]
    assert weeks == [(one["week_start"], str(one["orders"]), str(one["overdue_orders"])) for one in backlog["weeks"]]


@pytest.mark.parametrize("period", [{}, {"from": "2024-03-01", "to": "2024-06-01"}], ids=["whole", "period"])
def test_quality_has_the_errors_of_the_routes(pages: httpx.Client, api: Api, period: dict[str, str]) -> None:
    html = pages.get("/quality", params=period).text
    overview, judged = api("quality/overview", **period), api("quality/by-phase", **period)
    caused = api("quality/by-culprit-phase", **period)
    assert f"Errors {overview['errors']} Severity 1 {overview['by_severity']['severity_1']}" in text_of(html)
    for caption, phases in (
        ("Errors by the phase that judged", judged["phases"]),
        ("Errors by the phase held responsible", caused["by_culprit_phase"]),
    ):
        assert [row[1] for row in rows_of(html, caption)] == [str(one["errors"]) for one in phases]


def test_materials_have_the_figures_of_the_routes(pages: httpx.Client, api: Api) -> None:
    html = pages.get("/materials").text
    mass, wip = api("smartinventory/wip_mass"), api("smartinventory/wip")
    assert [row[1] for row in rows_of(html, "Started orders at each phase")] == [
        str(one["started_orders"]) for one in mass["phases"]
    ]
    assert [row[1] for row in rows_of(html, "Weight may be recorded")] == [
        str(one["open_phases"]) for one in wip["phases"]
    ]


def test_excel_page_names_every_csv_of_the_document(pages: httpx.Client, client: httpx.Client) -> None:
    words = text_of(pages.get("/excel").text)
    paths = client.get("/api/openapi.json").json()["paths"]
    answers = {path: item["get"]["responses"].get("200", {}) for path, item in paths.items() if "get" in item}
    tables = [path for path, answer in answers.items() if "text/csv" in answer.get("content", {})]
    assert "/api/prodplan/orders.csv" in tables
    base = str(pages.base_url).rstrip("/")
    assert [path for path in tables if "{" not in path and f"{base}{path}" not in words] == []


def test_every_closed_gate_is_shown_where_its_figures_would_be(fresh: Factory) -> None:
    fresh.ingest(workbooks.unmatched(7))
    with browser(fresh, require_api_key=False) as client:
        for path, gate in (
            ("/orders?sort=slack", "Standard routes and estimated dates"),
            ("/risk", "Standard routes and estimated dates"),
            ("/quality", "Quality errors by the phase that caused them"),
        ):
            answer = client.get(path)
            assert (answer.status_code, faults_of(answer.text)) == (200, [])
            assert f"Closed: {gate}. 0 of " in text_of(answer.text), path


def test_products_that_the_data_does_not_support_are_closed(fresh: Factory) -> None:
    fresh.ingest(workbooks.catalogues())
    with browser(fresh, require_api_key=False) as client:
        for path in ("/", "/orders", "/quality", "/materials", "/risk", "/load", "/gates"):
            answer = client.get(path)
            assert (answer.status_code, faults_of(answer.text)) == (200, []), path
            if path in ("/orders", "/quality", "/materials"):
                assert "Closed: Product names and figures by product." in text_of(answer.text), path
        assert client.get("/orders?product_name=K1").status_code == 409


def test_phase_lists_its_work_as_the_dispatch_route_does(pages: httpx.Client, api: Api) -> None:
    listed = api("prodplan/dispatch", limit=500)["phases"]
    for one in listed:
        html = pages.get(f"/load/phases/{one['phase_id']}").text
        assert faults_of(html) == []
        assert [row[0] for row in rows_of(html, "The most urgent")] == [str(w["work_order_id"]) for w in one["entries"]]
        assert f"{one['in_process']} in process, {one['queued']} queued." in text_of(html)
    assert "Nothing is in process" in text_of(pages.get("/load/phases/424242").text)
