"""The pages on the shared factory: sign-in, language, cross-site use, the data and gates of the JSON routes."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

import httpx
import pytest

from app.api.http.receiving import XLSX
from app.api.keys.api_keys import Scope, keys_text, new_key
from app.api.web.translation import Language
from app.config import Settings
from app.worker.carrying import Station, carry_out
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory
from tests.integration.api.web import browser, faults_of, text_of
from tests.integration.read_here import ingested_here

READER, _READER = new_key("planner", [Scope.READ])
SENDER, _SENDER = new_key("data-owner", [Scope.INGEST])
BOTH, _BOTH = new_key("both", Scope)
KEYS = {"api_keys": keys_text([_READER, _SENDER, _BOTH]), "require_api_key": True}
READ_PAGES = (
    "/",
    "/orders",
    "/orders?overdue=true&sort=slack&due_from=2020-01-01",
    "/load",
    "/load?include=terminal,stale",
    "/risk",
    "/quality",
    "/quality?from=2024-01-01&to=2025-01-01",
    "/materials",
    "/changes",
    "/load/phases/1",
    "/gates",
    "/excel",
)
PAGES = (*READ_PAGES, "/load/what-if?rule=EDD&phase_1=3&places_1=2", "/data", "/data/runs/1")


@pytest.fixture(scope="module")
def signed_in(busy: Factory) -> Iterator[httpx.Client]:
    with browser(busy, BOTH, **KEYS) as client:
        yield client


@pytest.fixture(scope="module")
def guarded(busy: Factory) -> Iterator[httpx.Client]:
    """A browser at pages that all need a session."""
    with browser(busy, **KEYS) as client:
        yield client


@pytest.fixture
def stranger(guarded: httpx.Client) -> httpx.Client:
    """A browser without a session or any other cookie."""
    guarded.cookies.clear()
    return guarded


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("path", PAGES)
def test_page_is_whole_in_both_languages(signed_in: httpx.Client, path: str, language: Language) -> None:
    answer = signed_in.get(path, headers={"Accept-Language": language})
    assert (answer.status_code, faults_of(answer.text)) == (200, [])
    assert f'<html lang="{language}">' in answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", PAGES)
def test_stranger_is_sent_to_the_form_and_then_on(stranger: httpx.Client, path: str) -> None:
    sent = stranger.get(path)
    assert sent.status_code == 303
    form = stranger.get(sent.headers["location"])
    assert f'name="next" value="{escape(path)}"' in form.text
    assert stranger.post("/sign-in", data={"key": BOTH, "next": path}).headers["location"] == path
    assert stranger.get(path).status_code == 200


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


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("pt-PT,pt;q=0.9", "pt"), ("en-GB", "en"), ("de, en;q=0.5, pt;q=0.4", "en"), ("de", "pt"), ("", "pt")],
)
def test_language_follows_the_browser(signed_in: httpx.Client, accepted: str, language: str) -> None:
    assert f'<html lang="{language}">' in signed_in.get("/gates", headers={"Accept-Language": accepted}).text


def test_chosen_language_stays(stranger: httpx.Client) -> None:
    assert '<html lang="pt">' in stranger.get("/sign-in?lang=pt").text
    assert '<html lang="pt">' in stranger.get("/sign-in").text
    assert stranger.get("/sign-in?lang=xx").status_code == 422


def test_pages_have_the_figures_of_the_json_routes(busy: Factory, signed_in: httpx.Client) -> None:
    with busy.api() as client:
        overview, risk, gates = (
            client.get(path).json() for path in ("/api/kpis/overview", "/api/prodplan/risk_queue", "/api/feature-gates")
        )
    today = text_of(signed_in.get("/").text)
    totals = risk["totals"]
    assert f"Open orders {totals['open_orders']} production work" in today
    assert f"Late {totals['overdue_orders']} transport day" in today
    assert f"At risk {totals['late_orders']} estimated" in today
    assert f"{overview['due_on_time_orders']} of {overview['due_orders']} orders that were due" in today
    shown = text_of(signed_in.get("/gates").text)
    for gate in gates["gates"]:
        assert f"({gate['matched']} of {gate['referencing']} {'rows' if gate['over'] == 'rows' else 'diff'}" in shown


def test_closed_gate_is_shown_with_its_reason(fresh: Factory) -> None:
    fresh.ingest(workbooks.matched("standard_route", 79, 100))
    with browser(fresh) as client:
        for path in ("/", "/gates"):
            words = text_of(client.get(path).text)
            assert "Standard routes and estimated dates" in words
            assert "79 of 100" in words
            assert "Export Modelos and Fases" in words
        assert "✕ closed" in words


def test_factory_without_data_says_what_to_do(fresh: Factory) -> None:
    with browser(fresh) as client:
        answer = client.get("/")
    assert answer.status_code == 503
    assert "No workbook has been published yet" in text_of(answer.text)
    assert 'href="/data"' in answer.text


def test_unknown_parameter_and_absent_run_are_pages_too(signed_in: httpx.Client) -> None:
    for path, status, code in (
        ("/?colour=red", 422, "INVALID_PARAMETER"),
        ("/data/runs/99999", 404, "RUN_NOT_FOUND"),
        ("/data/runs/x", 422, "INVALID_PARAMETER"),
    ):
        answer = signed_in.get(path)
        assert (answer.status_code, code in answer.text, faults_of(answer.text)) == (status, True, [])


def test_run_of_a_command_is_shown_with_its_rows(busy: Factory, signed_in: httpx.Client) -> None:
    with busy.api() as client:
        report = client.get("/api/ingestion/runs/1/report").json()
    words = text_of(signed_in.get("/data/runs/1").text)
    refused = sum(sheet["rows_rejected"] for sheet in report["sheets"])
    assert f"{refused} row" in words
    for sheet in report["sheets"]:
        assert f"{sheet['sheet']} {sheet['rows_extracted']} {sheet['rows_merged']}" in words
    book = signed_in.get("/data/runs/1/rejected_rows.xlsx", headers={"Accept": "*/*"})
    assert (book.status_code, book.content[:2]) == (200, b"PK")
    assert signed_in.get("/data/runs/1/rejected_rows.csv", headers={"Accept": "*/*"}).status_code == 200


SCRIPT = {"Accept": "application/json", "Content-Type": XLSX}


def test_what_is_no_workbook_is_refused_in_words(busy: Factory, tmp_path: Path) -> None:
    with browser(busy, BOTH, upload_dir=tmp_path, **KEYS) as client:
        headers = SCRIPT | {"Accept-Language": "pt"}
        answer = client.post("/data/runs?name=a.xlsx", content=b"no workbook", headers=headers)
    assert answer.status_code == 415
    assert answer.json()["detail"].startswith("O ficheiro não é um .xlsx")
    assert not list(tmp_path.rglob("*.xlsx"))


def test_script_is_told_in_words_who_may_send(stranger: httpx.Client) -> None:
    answer = stranger.post("/data/runs?name=a.xlsx", content=b"", headers=SCRIPT)
    assert (answer.status_code, answer.json()) == (401, {"detail": "Sign in with an API key first."})
    stranger.post("/sign-in", data={"key": READER})
    answer = stranger.post("/data/runs?name=a.xlsx", content=b"", headers=SCRIPT)
    assert (answer.status_code, "Your key may not do this." in answer.json()["detail"]) == (403, True)


def carried_out(factory: Factory, uploads: Path, run_id: int, *, stopped: bool = False) -> None:
    """The requested run, carried out here as the worker does; stopped: the worker is told to stop."""
    station = Station(Settings(_env_file=None, upload_dir=uploads), factory.url, factory.roles)
    with ingested_here():
        carry_out(station, run_id, must_stop=lambda: stopped, last_attempt=True)


def test_workbook_goes_from_the_form_to_its_refused_row(fresh: Factory, tmp_path: Path) -> None:
    rows = workbooks.factory(3)
    fresh.ingest(rows)
    rows["OrdensFabrico"].append([9_999, "amanhã", workbooks.NULL, 1, 1, workbooks.NULL])
    book = workbooks.write(tmp_path / "export.xlsx", rows).read_bytes()
    with browser(fresh, BOTH, upload_dir=tmp_path / "uploads", **KEYS) as client:
        sent = client.post("/data/runs?name=export.xlsx", content=book, headers=SCRIPT)
        assert sent.status_code == 202
        address = sent.json()["address"]
        waiting = client.get(address).text
        assert 'data-ended="no"' in waiting
        assert "export.xlsx: … queued" in text_of(waiting)
        carried_out(fresh, tmp_path / "uploads", int(address.rpartition("/")[2]))
        ended = client.get(address).text
        assert (faults_of(waiting), faults_of(ended)) == ([], [])
        assert 'data-ended="yes"' in ended
        assert "export.xlsx: ✓ published – live" in text_of(ended)
        assert "1 content of another type" in text_of(ended)
        again = client.post("/data/runs?name=export.xlsx", content=book, headers=SCRIPT).json()["address"]
        carried_out(fresh, tmp_path / "uploads", int(again.rpartition("/")[2]))
        words = text_of(client.get(again).text)
        assert "already live: nothing was written" in words
        assert f"This workbook is already live: Run {address.rpartition('/')[2]}" in words
        listed = text_of(client.get("/data").text)
        assert "✓ published live export.xlsx" in listed


def test_run_that_a_worker_left_is_repeated_by_a_button(fresh: Factory, tmp_path: Path) -> None:
    book = workbooks.write(tmp_path / "export.xlsx", workbooks.factory(3)).read_bytes()
    with browser(fresh, BOTH, upload_dir=tmp_path / "uploads", **KEYS) as client:
        address = client.post("/data/runs?name=export.xlsx", content=book, headers=SCRIPT).json()["address"]
        carried_out(fresh, tmp_path / "uploads", int(address.rpartition("/")[2]), stopped=True)
        html = client.get(address).text
        assert f'action="{address}/retry"' in html
        assert "failed: nothing changed" in text_of(html)
        again = client.post(f"{address}/retry")
        assert again.status_code == 303
        assert "queued" in text_of(client.get(again.headers["location"]).text)


def test_refused_workbook_says_why_and_how_to_let_it_pass(fresh: Factory, tmp_path: Path) -> None:
    fresh.ingest(workbooks.factory(3))
    few = workbooks.write(tmp_path / "few.xlsx", workbooks.factory(3, orders=6)).read_bytes()
    with browser(fresh, BOTH, upload_dir=tmp_path / "uploads", **KEYS) as client:
        for query, state in (
            ("", "refused: nothing changed"),
            ("&allow_shrink=true&allow_older=true&allow_rejects=true", "published"),
        ):
            address = client.post(f"/data/runs?name=few.xlsx{query}", content=few, headers=SCRIPT).json()["address"]
            carried_out(fresh, tmp_path / "uploads", int(address.rpartition("/")[2]))
            html = client.get(address).text
            assert (state in text_of(html), faults_of(html)) == (True, []), text_of(html)
            if not query:
                assert "Many rows that the live workbook has are missing" in text_of(html)
                assert "SHRINK_REFUSED" in html
                assert client.post(f"{address}/retry").status_code == 409


def test_pages_are_not_in_the_openapi_document(signed_in: httpx.Client) -> None:
    paths = signed_in.get("/api/openapi.json", headers={"Authorization": f"Bearer {BOTH}", "Accept": "*/*"}).json()
    assert all(path.startswith(("/api/", "/metrics")) for path in paths["paths"])


def test_static_files_are_public_and_revalidated(stranger: httpx.Client) -> None:
    for name in ("pages.css", "upload.js", "follow.js", "icon.svg"):
        answer = stranger.get(f"/static/{name}", headers={"Accept": "*/*"})
        assert (answer.status_code, bool(answer.content)) == (200, True)
        known = stranger.get(f"/static/{name}", headers={"If-None-Match": answer.headers["etag"], "Accept": "*/*"})
        assert known.status_code == 304
    assert stranger.get("/static/other.css").status_code == 404
