"""The language of a page: `?lang=`, else the cookie, else Accept-Language, else Portuguese."""

from __future__ import annotations

from fastapi import Request
from fastapi.responses import Response

from app.api.http.negotiation import qualities
from app.languages.spoken_language import Language

COOKIE, PARAMETER = "prodplan_lang", "lang"
YEAR_S = 365 * 24 * 3600


def chosen(request: Request) -> Language | None:
    """The language that the address names, if it does."""
    return _known(request.query_params.get(PARAMETER))


def language_of(request: Request) -> Language:
    """The language in which to answer."""
    given = chosen(request) or _known(request.cookies.get(COOKIE))
    return given or _accepted(request.headers.get("accept-language", "")) or Language.PT


def remember(response: Response, language: Language) -> None:
    """Keep the choice for a year. The cookie says nothing about its owner but that."""
    response.set_cookie(COOKIE, language, max_age=YEAR_S, httponly=True, samesite="lax")


def _known(given: str | None) -> Language | None:
    return next((one for one in Language if one == given), None)


def _accepted(header: str) -> Language | None:
    wanted: dict[Language, float] = {}
    for name, quality in qualities(header).items():
        language = _known(name.partition("-")[0])
        if language is not None and quality > 0:
            wanted[language] = max(quality, wanted.get(language, 0))
    return max(wanted, key=wanted.__getitem__) if wanted else None
