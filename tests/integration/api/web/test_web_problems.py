"""Each error at an address of pages is a page in the reader's language; the API's addresses keep JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from app.api.http.problems import MEDIA_TYPE
from app.api.web import gates
from app.languages.spoken_language import Language
from tests.integration.api.conftest import Factory
from tests.integration.api.web.browser import BOTH, KEYS, browser, faults_of, text_of

WORDS = {
    Language.EN: {
        404: "There is no page at this address. Choose one",
        405: "This address cannot be opened like that.",
        413: "The file is larger than is taken here.",
        500: "This is a fault of the service, not yours.",
        503: "The database does not answer at the moment.",
    },
    Language.PT: {
        404: "Não há nenhuma página neste endereço. Escolha uma",
        405: "Este endereço não se abre assim.",
        413: "O ficheiro é maior do que aqui se aceita.",
        500: "A falha é do serviço, não é sua.",
        503: "A base de dados não responde neste momento.",
    },
}


@pytest.fixture
def broken(busy: Factory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """A browser at pages that take no body over a megabyte, of which the gates' has a fault of ours."""

    def fault(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(gates, "shown_gates", fault)
    with browser(busy, BOTH, upload_dir=tmp_path, max_upload_mb=1, **KEYS) as client:
        yield client


def is_whole_page(answer: httpx.Response, language: Language, status: int) -> bool:
    """True for a page with the words of its status, its code, the way on, and the headers of every page."""
    assert (answer.status_code, faults_of(answer.text)) == (status, [])
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert f'<html lang="{language}">' in answer.text
    assert re.search(r"<code>[A-Z_]+</code>", answer.text)
    assert "secret" not in answer.text
    return WORDS[language][status] in text_of(answer.text)


@pytest.mark.parametrize("language", Language)
def test_unknown_address_wrong_method_and_fault_of_ours_are_pages(broken: httpx.Client, language: Language) -> None:
    broken.headers["Accept-Language"] = language
    for path in ("/nothing", "/data/runs/", "/orders/1/2", "/static", "/api2"):
        answer = broken.get(path)
        assert is_whole_page(answer, language, 404), path
        assert 'class="button" href="/"' in answer.text
    for method, path in (("POST", "/orders"), ("GET", "/sign-out"), ("DELETE", "/"), ("GET", "/data/runs/1/retry")):
        assert is_whole_page(broken.request(method, path), language, 405), path
    answer = broken.get("/gates?lang=" + language)
    assert is_whole_page(answer, language, 500)
    assert 'class="button" href="/gates' in answer.text


@pytest.mark.parametrize("language", Language)
def test_body_too_large_is_a_page(broken: httpx.Client, language: Language) -> None:
    files = {"file": ("export.xlsx", b"x" * 1_100_000)}
    answer = broken.post("/data/runs", files=files, headers={"Accept-Language": language})
    assert is_whole_page(answer, language, 413)
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("language", Language)
def test_database_that_is_away_is_a_page(busy: Factory, language: Language) -> None:
    with browser(replace(busy, url=busy.url.set(database="gone")), require_api_key=False) as client:
        answer = client.get("/", headers={"Accept-Language": language})
    assert is_whole_page(answer, language, 503)
    assert answer.headers["retry-after"] == "5"
    assert 'class="button" href="/"' in answer.text


def test_page_of_an_error_that_cannot_be_made_leaves_the_error(
    broken: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: object, **__: object) -> None:
        raise LookupError("secret")

    monkeypatch.setattr("app.api.web.problem_page.page", fault)
    answer = broken.get("/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert "secret" not in answer.text


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nothing", "/api/plants/x/kpis/overview", "/metrics/x"])
def test_address_of_the_api_keeps_json(broken: httpx.Client, path: str) -> None:
    answer = broken.get(path)
    assert answer.status_code in (401, 404)
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert broken.post("/api/kpis/overview").headers["content-type"] == MEDIA_TYPE
