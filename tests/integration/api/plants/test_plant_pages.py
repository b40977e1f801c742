"""Pages of one of several plants: each link, form and file stays with the plant that was chosen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import httpx
import pytest

from app.api.keys.api_keys import Scope, keys_text, new_key
from tests.integration.api.plants.conftest import Serve
from tests.integration.api.web.browser import READ_PAGES, faults_of, text_of

EVERYBODY, _EVERYBODY = new_key("everybody", Scope)
NORTH, _NORTH = new_key("north-alone", Scope, ["north"])
KEYS = {"api_keys": keys_text([_EVERYBODY, _NORTH]), "require_api_key": True}
ELSEWHERE = ("/static/", "/sign-in", "/sign-out", "#")
WHAT_IF = "/load/what-if?rule=EDD"
PAGES = (*READ_PAGES, WHAT_IF, "/load/scenarios", "/data", "/data/runs/1", "/data/runs/1/publish", "/orders/99999")


@pytest.fixture(scope="module")
def service(serve: Serve) -> Iterator[httpx.Client]:
    with serve(rate_simulation="1000/minute", **KEYS) as client:
        client.headers.update({"Origin": str(client.base_url).rstrip("/"), "Accept": "text/html"})
        client.headers.update({"Accept-Language": "en", "Connection": "close"})
        yield client


@pytest.fixture
def browser(service: httpx.Client) -> httpx.Client:
    """A browser without a session."""
    service.cookies.clear()
    return service


def signed_in(browser: httpx.Client, key: str, address: str = "/") -> str:
    """The address that a browser is sent to when it has signed in."""
    sent = browser.post("/sign-in", data={"key": key, "next": address})
    assert sent.status_code == 303
    return sent.headers["location"]


def addresses(html: str) -> list[str]:
    """The addresses of links and forms, but for the choice of the plant."""
    without_choice = re.sub(r'<ul class="languages" aria-label="Plant">.*?</ul>', "", html, flags=re.DOTALL)
    return [unescape(one) for one in re.findall(r'(?:href|action)="([^"]*)"', without_choice)]


@pytest.mark.parametrize("path", PAGES)
def test_links_forms_and_files_of_a_page_stay_with_its_plant(browser: httpx.Client, path: str) -> None:
    signed_in(browser, EVERYBODY)
    answer = browser.get(f"/plants/north{path}")
    assert answer.status_code in (200, 404)
    own = [one for one in addresses(answer.text) if not one.startswith(ELSEWHERE)]
    assert len(own) > 10
    assert [one for one in own if not one.startswith("/plants/north/")] == []
    assert faults_of(answer.text) == []
    plain = [one for one in addresses(browser.get(path).text) if not one.startswith(ELSEWHERE)]
    assert [one for one in plain if one.startswith("/plants/")] == []


def test_page_shows_its_plant_and_leads_to_the_other(browser: httpx.Client) -> None:
    signed_in(browser, EVERYBODY)
    main, north = (browser.get(path).text for path in ("/orders", "/plants/north/orders?status=OPEN"))
    assert ("main.xlsx" in text_of(main), "north4.xlsx" in text_of(north)) == (True, True)
    for html, name in ((main, "main"), (north, "north")):
        choice = re.search(r'aria-label="Plant">(.*?)</ul>', html, re.DOTALL)
        assert choice is not None
        links = re.findall(r'<a href="([^"]*)"( aria-current="true")?>(\w+)</a>', choice[1])
        assert [(address, plant, bool(current)) for address, current, plant in links] == [
            ("/orders", "main", name == "main"),
            ("/plants/north/orders", "north", name == "north"),
        ]
    for path in ("/plants/north", "/plants/north/", "/plants/n%6Frth/"):
        assert "north4.xlsx" in text_of(browser.get(path).text)
    assert "main.xlsx" in text_of(browser.get("/plants/main/").text)
    excel = text_of(browser.get("/plants/north/excel").text)
    assert "/api/plants/north/prodplan/orders.csv" in excel
    assert 'RelativePath = "api/plants/north/prodplan/orders.csv"' in excel


def test_file_and_request_are_of_the_plant(browser: httpx.Client) -> None:
    signed_in(browser, EVERYBODY)
    html = browser.get("/plants/north/risk").text
    (linked,) = [one for one in addresses(html) if ".csv" in one]
    bearer = {"Authorization": f"Bearer {EVERYBODY}", "Accept": "text/csv"}
    expected = browser.get("/api/plants/north/prodplan/risk_queue.csv", headers=bearer).text
    assert browser.get(linked, headers={"Accept": "*/*"}).text == expected
    assert browser.get("/risk.csv", headers={"Accept": "*/*"}).text != expected
    sent = browser.post("/plants/north/data/runs/1/publish")
    assert sent.status_code == 303
    assert sent.headers["location"].startswith("/plants/north/data/runs/")
    assert "queued" in text_of(browser.get(sent.headers["location"]).text)
    assert browser.get(sent.headers["location"].removeprefix("/plants/north")).status_code == 404


def test_key_of_one_plant_comes_to_its_pages_and_to_no_other(browser: httpx.Client) -> None:
    assert signed_in(browser, NORTH) == "/plants/north/"
    assert browser.get("/plants/north/").status_code == 200
    refused = browser.get("/")
    assert (refused.status_code, "PLANT_NOT_ALLOWED" in refused.text) == (403, True)
    assert 'href="/plants/north/">north</a>' in refused.text
    for unknown in ("/plants/main/", "/plants/south/", "/plants/north/plants/north/"):
        answer = browser.get(unknown)
        assert (answer.status_code, "north4" in answer.text) == (404, False), unknown
    # The session opens no address of the API.
    assert browser.get("/plants/north/api/kpis/overview").status_code == 404
    assert browser.get("/api/plants/north/kpis/overview").status_code == 401


@pytest.mark.parametrize("plant", ["north", "south"])
def test_stranger_is_sent_to_the_form_and_learns_no_plant(browser: httpx.Client, plant: str) -> None:
    sent = browser.get(f"/plants/{plant}/orders?status=OPEN")
    assert (sent.status_code, sent.headers["location"]) == (
        303,
        f"/sign-in?next=%2Fplants%2F{plant}%2Forders%3Fstatus%3DOPEN",
    )
    assert 'aria-label="Plant"' not in browser.get(sent.headers["location"]).text
    assert signed_in(browser, EVERYBODY, f"/plants/{plant}/orders") == f"/plants/{plant}/orders"
