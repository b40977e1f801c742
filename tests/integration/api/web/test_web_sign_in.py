"""Signing in and out, the session's cookie, its scopes, and forms of other sites."""

from __future__ import annotations

from urllib.parse import quote

import httpx
import pytest

from tests.integration.api.conftest import Factory
from tests.integration.api.web.browser import BOTH, KEYS, READ_PAGES, READER, SENDER, browser, faults_of, text_of


def test_session_is_a_cookie_that_only_this_site_sends(stranger: httpx.Client) -> None:
    cookie = stranger.post("/sign-in", data={"key": f" {READER}\n"}).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Max-Age" not in cookie
    assert stranger.get("/api/prodplan/orders").status_code == 401, "a cookie must not open the JSON routes"


@pytest.mark.parametrize(
    "key", ["", "prodplan_wrong", pytest.param(READER[:-1], id="a letter less"), "prodplan_ç", "a\tb\x00"]
)
def test_wrong_key_is_refused_in_words(stranger: httpx.Client, key: str) -> None:
    answer = stranger.post("/sign-in", data={"key": key, "next": "/gates"})
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert "This key is not valid here" in text_of(answer.text)
    assert 'value="/gates"' in answer.text
    assert "set-cookie" not in answer.headers
    assert faults_of(answer.text) == []


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "gates", ""])
def test_signing_in_goes_on_to_this_service_only(stranger: httpx.Client, path: str) -> None:
    assert stranger.post("/sign-in", data={"key": READER, "next": path}).headers["location"] == "/"


def test_signing_out_ends_the_session(stranger: httpx.Client) -> None:
    stranger.post("/sign-in", data={"key": READER})
    assert stranger.get("/").status_code == 200
    stranger.post("/sign-out")
    assert stranger.get("/").status_code == 303


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/data/runs", "/data/runs/1/retry"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": "", "Host": ""},
        {"Origin": ""},
    ],
    ids=str,
)
def test_form_of_another_site_is_refused(signed_in: httpx.Client, path: str, headers: dict[str, str]) -> None:
    answer = signed_in.post(path, headers=headers, data={"key": BOTH})
    assert (answer.status_code, "CROSS_SITE" in answer.text) == (403, True)


@pytest.mark.parametrize(
    ("sent_from", "back"),
    [
        ("{own}/load/what-if?rule=EDD", "/load/what-if?rule=EDD"),
        ("{own}/plants/north/data", "/plants/north/data"),
        ("{own}//evil.example", "/"),
        ("https://evil.example/load", "/"),
        ("http://[", "/"),
        ("", "/"),
    ],
)
def test_form_of_an_ended_session_leads_back_to_its_own_page(stranger: httpx.Client, sent_from: str, back: str) -> None:
    own = str(stranger.base_url).rstrip("/")
    answer = stranger.post("/data/runs/1/retry", headers={"Referer": sent_from.format(own=own)})
    assert answer.status_code == 401
    assert f'href="/sign-in?next={quote(back)}"' in answer.text


def test_key_needs_the_scope_of_the_page(stranger: httpx.Client) -> None:
    stranger.post("/sign-in", data={"key": SENDER})
    for path in READ_PAGES:
        refused = stranger.get(path)
        assert (refused.status_code, "SCOPE_MISSING" in refused.text) == (403, True)
        assert faults_of(refused.text) == []
    assert stranger.get("/data").status_code == 200


def test_reading_is_open_where_the_json_routes_are(busy: Factory) -> None:
    with browser(busy, require_api_key=False, api_keys=KEYS["api_keys"]) as client:
        assert [client.get(path).status_code for path in READ_PAGES] == [200] * len(READ_PAGES)
        assert client.get("/data").headers["location"] == "/sign-in?next=%2Fdata", "ingesting always needs a key"
