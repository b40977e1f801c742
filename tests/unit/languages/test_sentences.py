"""Sentences in Portuguese: every one that a person can be told has its entry, and values in it stay what they are."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract.quality_issues import WARNINGS
from app.database.schema.audit import REJECT_CODES
from app.ingestion.reports.issues import CROSS_ISSUES, ROW_ISSUES
from app.languages import sentences as translating
from app.languages.sentences import CATALOGUES, LONGEST, PLACE, VALUE, Template, entries, in_portuguese, said
from app.languages.spoken_language import Language, language_of
from app.triage.facts import processors
from tests.error_codes.page import PROBLEM, REFUSED, kinds
from tests.error_codes.sentences import ROOT, sentences

USAGE = "typer.BadParameter"
NO_SENTENCES = {"API_KEY_INVALID", "API_KEY_REQUIRED", "external"}
WEB = ROOT / "app" / "api" / "web" / "texts" / "pt.toml"
ENDINGS = ROOT / "tests" / "corpus" / "endings.json"
FOREIGN = {"commands.toml", "api.toml", "workbook.toml", "help.toml"}
"""Catalogues with words of typer, pydantic and the operating system, which no source of this tree holds."""


@cache
def of_errors() -> list[str]:
    errors = {f"{kind.__module__}.{kind.__name__}" for kind in kinds()}
    found = sentences({*errors, REFUSED, PROBLEM, USAGE})
    return sorted({text for texts in found.values() for text in texts} - NO_SENTENCES)


def of_the_corpus() -> list[str]:
    endings = json.loads(ENDINGS.read_text(encoding="utf-8"))
    return sorted({ending["says"] for ending in endings.values() if "says" in ending})


def stay_english(texts: list[str]) -> list[str]:
    return [text for text in texts if in_portuguese(text) == text]


def test_every_sentence_of_an_error_has_portuguese() -> None:
    assert len(of_errors()) > 200
    assert stay_english(of_errors()) == []


def test_every_refusal_of_the_corpus_is_said_whole() -> None:
    """None of the English words of these sentences is left beside names and values."""
    told = {text: in_portuguese(text) for text in of_the_corpus()}
    assert len(told) > 100
    english = re.compile(r"\b(?:the|is|and|it|there|export|row|cell|open|with|of|that)\b")
    left = {
        text: english.findall(re.sub(r"'[^']*'|\([^)]*\)|<[^>]*>|\S+\.xlsx", "", said)) for text, said in told.items()
    }
    assert {text: words for text, words in left.items() if words} == {}


def test_every_oddity_and_remedy_has_portuguese() -> None:
    oddities = [*ROW_ISSUES, *(one for group, _ in CROSS_ISSUES for one in group)]
    assert stay_english([one.words for one in oddities]) == []
    assert stay_english([f"Warning: x. {one.remedy}" for one in WARNINGS.values() if one.code != "ROWS_REFUSED"]) == []


def test_every_fault_of_a_query_has_portuguese() -> None:
    tuples = (
        node.elts
        for path in sorted((ROOT / "app" / "api").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Tuple) and len(node.elts) == 3
    )
    places = ("query", "path", "body")
    faults = [
        str(said.value)
        for place, _, said in tuples
        if isinstance(place, ast.Constant) and place.value in places and isinstance(said, ast.Constant)
    ]
    assert len(faults) > 1
    assert stay_english(faults) == []


def test_doctor_says_processors_and_load_in_portuguese() -> None:
    assert re.fullmatch(r"\d+, carga média de \d+\.\d", in_portuguese(processors()))


@pytest.mark.parametrize("path", [*sorted(CATALOGUES.glob("*.toml")), WEB], ids=lambda path: path.stem)
def test_match_rate_has_one_name(path: Path) -> None:
    """The page of a run, the commands and the documents say `taxa de correspondência`."""
    assert re.findall(r"taxas? de liga\w+", path.read_text(encoding="utf-8"), re.IGNORECASE) == []


@pytest.mark.parametrize("path", [*sorted(CATALOGUES.glob("*.toml")), WEB], ids=lambda path: path.stem)
def test_words_of_an_office_are_used(path: Path) -> None:
    """A file is imported, not eaten; a worker that is dead is a process, not a person."""
    said = tomllib.loads(path.read_text(encoding="utf-8")).values()
    wrong = re.compile(r"\b(inger|ingir|ingest(?!ion\b|\b)|trabalhador|pára\b)", re.IGNORECASE)
    assert [text for text in said if wrong.search(text)] == []


@pytest.mark.parametrize(
    ("english", "portuguese"),
    [
        (
            "Too many rows are refused: OrdensFabrico: Of_DataCriacao, row 2: 45067 is a number, not a date; 1,274 of"
            " 1,274 rows; format the column as a date and export again. Fases: 3 of 9 rows are refused: row 4, because"
            " their order was refused (1 of 2 orders); 2 keys have several versions. Each of them is in"
            " rejected_rows.xlsx (beyond 50,000, in rejected_rows.csv). Mend the export, or pass --allow-rejects if the"
            " factory can do without them.",
            "Demasiadas linhas são recusadas: OrdensFabrico: Of_DataCriacao, linha 2: 45067 é um número, não uma data;"
            " 1\N{NARROW NO-BREAK SPACE}274 de 1\N{NARROW NO-BREAK SPACE}274 linhas; formate a coluna como data e"
            " exporte de novo. Fases: 3 de 9 linhas são recusadas: linha 4, porque a sua ordem foi recusada (1 de 2"
            " ordens); 2 chaves têm várias versões. Cada uma está em rejected_rows.xlsx (acima de 50 000, em"
            " rejected_rows.csv). Corrija a exportação, ou use --allow-rejects se a fábrica puder passar sem elas.",
        ),
        (
            "More than 10 % of a live table would disappear: Fases would lose 3 of 9 keys; no row of OrdensFabrico"
            " without Of_DataAcabamento, in the live run 40. Check that the export is complete, or pass --allow-shrink"
            " if it is meant.",
            "Mais de 10 % de uma tabela em vigor desapareceria: Fases perderia 3 de 9 chaves; nenhuma linha de"
            " OrdensFabrico sem Of_DataAcabamento; na execução em vigor eram 40. Verifique se a exportação está"
            " completa, ou use --allow-shrink se for mesmo assim.",
        ),
        (
            "Invalid value for NAME: say whose key it is, or --list",
            "Valor inválido para NAME: diga de quem é a chave, ou --list",
        ),
        ("Gate produto_join: ENABLED before, DISABLED now (match rate 12.5%). See `make feature-gates`.", ""),
    ],
)
def test_sentences_within_a_sentence_are_said_too(english: str, portuguese: str) -> None:
    told = in_portuguese(english)
    assert told == portuguese if portuguese else "12,5\N{NARROW NO-BREAK SPACE}%" in told


def test_what_no_catalogue_has_stays_as_it_is() -> None:
    for text in ("", ".", "…", "Nobody wrote this sentence; it says nothing. Not even here", "x" * (LONGEST + 1)):
        assert in_portuguese(text) == text
    assert said(Language.EN, "There is nothing at this address.") == "There is nothing at this address."


@given(name=st.text(min_size=1, max_size=40))
def test_name_in_a_sentence_is_never_changed(name: str) -> None:
    """Any name is kept, also one with the words and signs of another sentence."""
    told = in_portuguese(f"{name} is encrypted: save it as .xlsx without a password.")
    assert told == f"{name} está cifrado: guarde-o como .xlsx sem palavra-passe."


@pytest.mark.parametrize("name", ["row 3", "a number", "{0}", "{0~}", "\\1", "… is JSON: ….", "book.xlsx; a date. x"])
def test_name_that_looks_like_a_sentence_is_never_changed(name: str) -> None:
    assert in_portuguese(f"{name} is not a file: give the path of an exported workbook.").startswith(f"{name} não é")


def test_long_and_nested_sentences_end() -> None:
    told = "; ".join(
        f"{number}: 1 of 2 rows are refused: row 3, because their order was refused" for number in range(99)
    )
    assert "recusad" in in_portuguese(
        f"{told}. Check that the export is complete, or pass --allow-empty if it is meant."
    )
    assert in_portuguese(" and ".join("abcdefgh" * 100)) is not None


def test_both_languages_have_the_same_values() -> None:
    wrong = []
    for english, portuguese in entries():
        places = [int(number) for number, _ in PLACE.findall(portuguese)]
        if sorted(places) != list(range(english.count(VALUE))) and not english.startswith(
            ("Input should", "String should match", "Missing")
        ):
            wrong.append(english)
        assert "{" not in PLACE.sub("", portuguese), english
    assert wrong == []


def test_no_english_sentence_stands_twice() -> None:
    every = [english for english, _ in entries()]
    assert len(every) == len(set(every))


@cache
def in_the_source() -> str:
    """The texts of the product's source, in one."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "app").rglob("*.py"))
    texts = (node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return "\n".join(text for text in texts if isinstance(text, str))


def without_source(path: Path) -> Iterator[str]:
    """Entries of which a word is in no text of the product."""
    words = set(re.findall(r"[A-Za-z]+", in_the_source()))
    for english in translating.of_file(path):
        if not set(re.findall(r"[A-Za-z]+", english)) <= words:
            yield english


@pytest.mark.parametrize("name", sorted({path.name for path in CATALOGUES.glob("*.toml")} - FOREIGN))
def test_no_entry_is_for_a_sentence_that_nothing_says(name: str) -> None:
    assert list(without_source(CATALOGUES / name)) == []


def test_template_takes_no_empty_value() -> None:
    template = Template.of("… is …", "{0} é {1}")
    assert template.values("a is b") == ["a", "b"]
    assert template.values(" is b") is None
    assert template.values("a is ") is None
    assert template.values("ais b") is None


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "pt_PT.UTF-8"}, "pt"),
        ({"LANG": "pt_BR"}, "pt"),
        ({"LANG": "C"}, "en"),
        ({"LC_ALL": "C", "LANG": "pt_PT.UTF-8"}, "en"),
        ({"LC_ALL": "", "LANG": "PT"}, "pt"),
        ({"PRODPLAN_LANG": "en", "LC_ALL": "pt_PT"}, "en"),
        ({"PRODPLAN_LANG": "pt", "LANG": "C"}, "pt"),
        ({"LANG": "ptx_XX"}, "en"),
    ],
)
def test_language_is_the_variables_then_the_locales(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


def test_codes_of_refused_rows_are_not_translated() -> None:
    assert stay_english(list(REJECT_CODES)) == list(REJECT_CODES)
