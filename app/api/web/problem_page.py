"""A problem as a page: what happened and what to do, in the language of the reader."""

from __future__ import annotations

from urllib.parse import quote, urlencode, urlsplit

from fastapi import Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from app.api.http.plant_path import asked_path
from app.api.http.problems import Problem, further_headers
from app.api.web import session
from app.api.web.rendering import page
from app.api.web.texts import language, words
from app.api.web.texts.translation import translated
from app.languages.sentences import said

POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    # Without an origin a browser would send `null` with the forms of this very page.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
NO_STORE = {"Cache-Control": "no-store", "Vary": "Cookie, Accept-Language"}
SEE_OTHER = 303
SCRIPT = "application/json"
PASSING = frozenset({408, 429, 500, 503})
"""Statuses of problems that may be over when the page is opened again."""


def know_reader(request: Request) -> None:
    """Keep with the request what every page asks of its reader: the language, and whether a session is there."""
    request.state.language = language.language_of(request)
    request.state.signed_in = session.COOKIE in request.cookies


def complete(response: Response) -> Response:
    """Give a page its headers; one that it has itself stays."""
    response.headers.update(HEADERS)
    for name, value in NO_STORE.items():
        response.headers.setdefault(name, value)
    return response


def refused(request: Request, problem: Problem) -> Response:
    """The answer of a route of pages: without a valid key a GET is sent to the sign-in form."""
    if problem.status == 401 and request.method == "GET":
        asked = urlencode({"next": _address_of_page(request)}, quote_via=quote)
        return RedirectResponse(f"/sign-in?{asked}", SEE_OTHER)
    response = _told(request, problem)
    response.headers.update(further_headers(problem))
    return response


def outside_of_routes(request: Request, problem: Problem) -> Response:
    """The page of a problem that no route of pages told: an unknown address, a body too large, an unforeseen error."""
    know_reader(request)
    return complete(refused(request, problem))


def _address_of_page(request: Request) -> str:
    """The page to return to after signing in: the one that was asked for, or the one whose form was sent."""
    if request.method == "GET":
        query = request.scope["query_string"].decode("latin-1")
        return asked_path(request) + (f"?{query}" if query else "")
    try:
        sent_from = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return session.HOME
    is_own = sent_from.netloc == request.headers.get("host")
    return session.local_address(sent_from._replace(scheme="", netloc="").geturl()) if is_own else session.HOME


def _told(request: Request, problem: Problem) -> Response:
    """The problem in words: a page, or one text for the page's own script."""
    if request.headers.get("accept") != SCRIPT:
        can_retry = request.method == "GET" and problem.status in PASSING and problem.code != "NO_DATA"
        told = {"problem": problem, "can_retry": can_retry, "back": _address_of_page(request)}
        return page(request, "problem.html.j2", status=problem.status, **told)
    sentence = words.sentence_of(problem.code)
    texts = [translated(request.state.language, sentence)] if sentence else []
    texts += [] if words.is_whole(problem) else [said(request.state.language, problem.detail)]
    return JSONResponse({"detail": " ".join(texts)}, problem.status)
