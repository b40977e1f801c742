"""Renders the pages' templates, in the language of the request."""

from __future__ import annotations

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from app.api.http.plant_path import address, address_below, asked_path
from app.api.snapshot_reading import backend_of
from app.api.web.texts import figures, words
from app.api.web.texts.translation import translated
from app.languages.sentences import said
from app.languages.spoken_language import Language

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).with_name("templates")


@cache
def environment(language: Language) -> Environment:
    """The templates in one language."""
    # Imported with the first page: the API's processes start sooner without it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    translate = partial(translated, language)

    def plural(one: str, many: str, count: int) -> str:
        return translate(one if count == 1 else many)

    made.install_gettext_callables(translate, plural, newstyle=True)  # type: ignore[attr-defined]
    shown = (figures.number, figures.percent, figures.day, figures.moment, figures.stamp)
    made.filters |= {one.__name__: partial(one, language) for one in shown}
    made.filters["query_of"] = _query_of
    made.filters["word"] = partial(_word, language)
    made.filters["said"] = partial(_said, language)
    made.globals |= {
        "language": language,
        "languages": words.LANGUAGES,
        "sentence_of": words.sentence_of,
        "choice_for": words.choice_for,
        "choices": words.CHOICES,
        "is_whole": words.is_whole,
    }
    return made


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """The page of a template."""
    language: Language = request.state.language
    text = (
        environment(language)
        .get_template(template)
        .render(
            path=request.url.path,
            link=partial(address, request),
            plant=backend_of(request).settings.plant,
            plants=_plants(request),
            here=partial(_here, request),
            signed_in=request.state.signed_in,
            **values,
        )
    )
    return HTMLResponse(text, status)


def _plants(request: Request) -> dict[str, str]:
    """The plants that the caller may open, each with its address of this part of the pages; none where there is one."""
    directory, key = getattr(request.state, "directory", None), getattr(request.state, "key", None)
    if directory is None or len(directory.names) == 1 or (key is None and directory.settings.keys_required):
        return {}
    part = "/" + request.url.path.split("/")[1]
    return {
        name: part if name == directory.default else address_below(name, part)
        for name in directory.names
        if key is None or key.is_for(name)
    }


def _here(request: Request, **changed: str) -> str:
    """The address of this page with other query parameters; an empty one is left out."""
    given = dict(parse_qsl(request.scope["query_string"].decode("latin-1")))
    # A form is answered at an address that has no page of its own.
    path = asked_path(request) if request.method == "GET" else address(request, "/")
    query = urlencode({name: value for name, value in (given | changed).items() if value})
    return f"{path}?{query}" if query else path


def _query_of(address: str) -> str:
    """The query of an address, with its `?`; empty without any."""
    query = address.partition("?")[2]
    return f"?{query}" if query else ""


def _said(language: Language, detail: str) -> str:
    """A detail that the service wrote in English, in the language of the page; marked where it stays English."""
    shown = said(language, detail)
    return Markup('<span lang="en">{}</span>').format(shown) if shown == detail else shown


def _word(language: Language, code: str) -> str:
    return translated(language, words.WORDS.get(code, code))
