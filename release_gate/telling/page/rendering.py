"""Renders the run's page: a pure function of the run folder, with the same bytes on every machine."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup, escape

from release_gate.record.records import Run
from release_gate.rules.language import Language
from release_gate.telling.bilingual import Words
from release_gate.telling.page import shapes
from release_gate.telling.page.palette import variables
from release_gate.telling.page.template_code import TemplateCode
from release_gate.telling.page.view import DETAILS, href, view, weight
from release_gate.telling.page.words import OUTCOME_SIGNS, OUTCOME_TONES, SIGNS, TONES, WORDS

TEMPLATES = Path(__file__).with_name("templates")
LARGEST_BYTES = 1_000_000
NARROW = "\N{NARROW NO-BREAK SPACE}"
BIDI = dict.fromkeys(
    [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C], "\N{REPLACEMENT CHARACTER}"
)
"""Characters that change the direction of following text; a check's text must not reorder the page."""
CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160)], "\N{REPLACEMENT CHARACTER}")


def page(run: Run, result: Mapping[str, Any], folder: Path) -> bytes:
    """release_report.html of a run folder, under 1 MB: if the whole page is larger, with less evidence."""
    for detail in DETAILS:
        values = view(run, result, folder, detail)
        if weight(values) > LARGEST_BYTES and detail is not DETAILS[-1]:
            continue
        rendered = _rendered("page.html.j2", values, run.language)
        if len(rendered) <= LARGEST_BYTES:
            break
    return rendered


def index(title: str, entries: Sequence[Mapping[str, Any]], pages: frozenset[str], spoken: Language) -> bytes:
    """The list of all runs, the newest first. pages: the runs that have a page of their own."""
    return _rendered("index.html.j2", {"title": title, "entries": list(reversed(entries)), "pages": pages}, spoken)


def _rendered(template: str, values: Mapping[str, Any], spoken: Language) -> bytes:
    """spoken: the language that the page shows until its reader chooses."""
    style = variables() + _resource("page.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    text = (
        _environment().get_template(template).render(**values, style=Markup(style), style_digest=digest, spoken=spoken)
    )
    return text.encode("utf-8", "replace")


@cache
def _resource(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FunctionLoader(_resource),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalised,
        bytecode_cache=TemplateCode(TEMPLATES, [__file__]),
    )
    made.filters |= {"words": both, "told": told, "number": number, "bytes": number, "seconds": seconds, "href": href}
    made.globals |= {
        "t": _word,
        "state": _state,
        "shapes": shapes,
        "SIGNS": SIGNS,
        "TONES": TONES,
        "OUTCOME_SIGNS": OUTCOME_SIGNS,
        "OUTCOME_TONES": OUTCOME_TONES,
    }
    return made


@cache
def _word(name: str) -> Markup:
    return both(WORDS[name])


@cache
def _state(outcome: str) -> Markup:
    """The sign and the word of an outcome in its colour."""
    tone, sign = OUTCOME_TONES.get(outcome, "warn"), OUTCOME_SIGNS.get(outcome, "…")
    return Markup('<span class="tone {}">{} {}</span>').format(tone, sign, _word(outcome))


def _finalised(value: Any) -> Any:
    """A check's text without characters that a page cannot show or that would reorder it."""
    return value if isinstance(value, Markup) or not isinstance(value, str) else shown(value)


def shown(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return text.translate(CONTROL).translate(BIDI)


def both(text: Any) -> Markup:
    """A text in both languages, of which the page shows one; a plain text or a number unchanged."""
    if isinstance(text, Words):
        en, pt = escape(shown(text.en)), escape(shown(text.pt))
        return (
            en
            if en == pt
            else Markup('<span class="en" lang="en">{}</span><span class="pt" lang="pt">{}</span>').format(en, pt)
        )
    if isinstance(text, int | float) and not isinstance(text, bool):
        return number(text)
    return escape("" if text is None else shown(str(text)))


def told(text: str | Words) -> Markup:
    """A text of a check in both languages; marked as English where it has no Portuguese."""
    if isinstance(text, Words) and text.en != text.pt:
        return both(text)
    english = text.en if isinstance(text, Words) else text
    return Markup('<span lang="en">{}</span>').format(shown(english)) if english else Markup("")


@lru_cache(1024, typed=True)
def number(value: int | float) -> Markup:
    """`15 572`; a fraction has 0 to 3 decimals by its size, and each language's decimal sign."""
    if isinstance(value, int) or float(value).is_integer():
        return escape(f"{int(value):,}".replace(",", NARROW))
    places = 0 if abs(value) >= 1000 else 1 if abs(value) >= 100 else 2 if abs(value) >= 1 else 3
    en = f"{value:,.{places}f}".replace(",", NARROW)
    return both(Words(en, en.replace(".", ",")))


@lru_cache(1024, typed=True)
def seconds(value: float | None) -> Markup:
    """`2 min 31 s`, `6.16 s`."""
    if value is None:
        return Markup("")
    if value >= 60:
        minutes, rest = divmod(round(value), 60)
        return escape(f"{minutes} min {rest} s")
    return number(round(value, 2)) + " s"
