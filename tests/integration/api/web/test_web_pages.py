"""The pages on the shared factory: whole in both languages, with the data and gates of the JSON routes."""

from __future__ import annotations

import re
from html import escape

import httpx
import pytest

from app.languages.spoken_language import Language
from tests.integration.api import workbooks
from tests.integration.api.conftest import Factory
from tests.integration.api.web.browser import BOTH, READ_PAGES, browser, faults_of, text_of

PAGES = (*READ_PAGES, "/load/what-if?rule=EDD&phase_1=3&places_1=2", "/data", "/data/runs/1")


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("path", PAGES)
def test_page_is_whole_in_both_languages(signed_in: httpx.Client, path: str, language: Language) -> None:
    answer = signed_in.get(path, headers={"Accept-Language": language})
    assert (answer.status_code, faults_of(answer.text)) == (200, [])
    assert f'<html lang="{language}">' in answer.text
    assert "/plants/" not in answer.text, "where there is one plant, nothing is to be chosen"
    titles = re.findall(r"<li><a [^>]*>([^<]*)</a>", answer.text.partition("</nav>")[0])
    assert len(titles) == len(set(titles)) > 5, "two pages of one name cannot be told apart"
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
