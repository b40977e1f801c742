"""The catalogue of the pages: complete in both directions, with the same places for values in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from app.api import web
from app.api.web.rendering import TEMPLATES, environment
from app.api.web.texts.translation import messages, translated
from app.features.gate_declaration import load_gates
from app.languages.spoken_language import Language

PACKAGE = Path(str(web.__file__)).parent
CODES = {"PRODPLAN", "rejected", "rows", "xlsx", "csv", "CSV", "kg"}
NO_WORDS = r"<code translate=\"no\">.*?</code>|{%.*?%}|{{.*?}}|<[^>]*>"
PLACE = re.compile(r"%\((\w+)\)s")


def in_templates() -> set[str]:
    found: set[str] = set()
    for path in TEMPLATES.rglob("*.j2"):
        extracted = environment(Language.EN).extract_translations(path.read_text(encoding="utf-8"))  # type: ignore[attr-defined]
        for _, _, message in extracted:
            found |= {message} if isinstance(message, str) else {one for one in message or () if one}
    return found


def in_modules() -> set[str]:
    calls = (
        node
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_"
    )
    return {node.args[0].value for node in calls if isinstance(node.args[0], ast.Constant)}  # type: ignore[misc]


def used() -> set[str]:
    return in_templates() | in_modules() | {gate.remedy for gate in load_gates()}


def test_every_text_is_in_the_catalogue() -> None:
    assert len(in_templates()) > 50
    assert len(in_modules()) > 50
    assert sorted(used() - messages().keys()) == []


def test_catalogue_has_no_text_that_nothing_shows() -> None:
    assert sorted(messages().keys() - used()) == []


def test_both_languages_have_the_same_places() -> None:
    differing = [one for one, other in messages().items() if set(PLACE.findall(one)) != set(PLACE.findall(other))]
    assert differing == []


def test_text_is_portuguese_or_english() -> None:
    assert translated(Language.PT, "Sign in") == "Entrar"
    assert translated(Language.EN, "Sign in") == "Sign in"


def test_no_text_of_a_template_stands_outside_of_the_catalogue() -> None:
    """The words between tags, without the expressions, are codes and signs only."""
    bare = {}
    for path in TEMPLATES.rglob("*.j2"):
        text = re.sub(NO_WORDS, " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        words = set(re.findall(r"[A-Za-zÀ-ÿ]{2,}", text))
        bare[path.name] = words - CODES
    assert {name: words for name, words in bare.items() if words} == {}
