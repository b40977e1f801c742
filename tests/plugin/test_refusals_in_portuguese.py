"""Refusals and help of the gate in Portuguese: all of them, with their values unchanged, in every way to ask for it."""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import release_gate
from release_gate.commands.command_line import _parser
from release_gate.in_pytest.options.own import FLAGS, SHORT_FORMS
from release_gate.rules.language import Language, named_language
from release_gate.rules.refused_options import HARMFUL, NEVER
from release_gate.telling.bilingual import Words
from release_gate.telling.help_texts import help_in
from release_gate.telling.in_portuguese.help import HELP
from release_gate.telling.job_summary import summary
from release_gate.telling.said import PHRASES, PLACE, REFUSALS, said
from tests.plugin.foreign import GATE, Project
from tests.plugin.test_github import failing

PACKAGE = Path(release_gate.__file__).parent
SAYING = (
    "child.py",
    "commands/arguments.py",
    "commands/command_line.py",
    "in_pytest/options/changes.py",
    "in_pytest/options/preflight.py",
    "in_pytest/options/written.py",
    "rules/declaration.py",
    "rules/refused_options.py",
    "rules/waivers.py",
    "sealing/checkout/tree.py",
)
"""Modules whose sentences all refuse something before a run."""
OTHER_WORDS = {
    "Error while loading plugin",  # what pytest says
    "The journal cannot be read",  # of a run that has ended
    "python3 -m release_gate",
    "print the gate's own version",
    "the project's folder (default: this one)",
    "expires on",
    "The waiver of",
}
ENGLISH = re.compile(r"\b(?:the|is|are|was|and|it|there|with|that|which|cannot|leave|no|of)\b")
VALUES = {"check": "B2", "names": "a, b", "ids": "A, B", "number": "3", "seconds": "3", "day": "2026-01-01"}


def pieces(path: Path) -> Iterator[str]:
    """The texts of at least three words in a module, between their values and without its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield from (part for part in node.value.split("\n") if len(re.findall(r"[A-Za-z]{2,} ", part)) > 1)


@pytest.mark.parametrize("name", SAYING)
def test_each_text_of_a_refusal_is_in_a_form(name: str) -> None:
    forms = "\n".join(words.en for words in REFUSALS) + "\n" + "\n".join(HELP)
    # The origin of a variable is a sentence's first value.
    texts = {text.replace("(from the environment) may", "may").strip(" :;,.") for text in pieces(PACKAGE / name)}
    assert texts
    missing = {text for text in texts if text not in forms and not any(one in text for one in OTHER_WORDS)}
    assert missing == set()


def test_no_form_is_for_a_sentence_that_nothing_says() -> None:
    source = "\n".join(
        text
        for path in PACKAGE.rglob("*.py")
        if "in_portuguese" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(text := node.value, str)
    )
    known = set(re.findall(r"[A-Za-z]+", source))
    assert {
        words.en for words in REFUSALS if not set(re.findall(r"[A-Za-z]+", PLACE.sub("", words.en))) <= known
    } == set()


@pytest.mark.parametrize("words", REFUSALS, ids=lambda words: words.en[:40])
def test_both_languages_have_the_same_places(words: Words) -> None:
    english, portuguese = words.en, words.pt
    assert sorted(PLACE.findall(english)) == sorted(PLACE.findall(portuguese))
    assert len(set(PLACE.findall(english))) == len(PLACE.findall(english))
    assert english != portuguese


@pytest.mark.parametrize("words", REFUSALS, ids=lambda words: words.en[:40])
def test_each_refusal_is_said_in_portuguese_alone(words: Words) -> None:
    sentence = PLACE.sub(lambda place: VALUES.get(place[1], "XYZ"), words.en)
    told = said(Language.PT, sentence)
    assert ENGLISH.findall(re.sub(r'"[^"]*"|\{[^}]*\}', "", told.replace("-p no:", ""))) == []
    assert said(Language.EN, sentence) == sentence


@given(name=st.text(st.characters(exclude_characters=" .:;,(", exclude_categories=["Z", "C"]), min_size=1, max_size=30))
def test_name_in_a_refusal_is_never_changed(name: str) -> None:
    told = said(Language.PT, f"{name}: there is no file or folder {name}.")
    assert told == f"{name}: não há o ficheiro nem a pasta {name}."


def test_effect_of_each_refused_option_has_portuguese() -> None:
    effects = {*(effect for _, effect in HARMFUL.values()), *NEVER.values()}
    assert {effect for effect in effects if said(Language.PT, effect) == effect} == set()
    assert {"effect", "given"} <= PHRASES


@pytest.mark.parametrize(
    ("arguments", "language"),
    [
        (["--gate-lang", "pt"], Language.PT),
        (["--lang=pt", "-k", "x"], Language.PT),
        (["--lang", "pt", "--lang", "en"], Language.EN),
        (["--lang"], None),
        (["--lang", "fr"], None),
        (["--language=pt"], None),
    ],
)
def test_last_named_language_counts(arguments: list[str], language: Language | None) -> None:
    assert named_language(arguments) is language


def helps(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Each text of a parser's help and of its commands'."""
    yield from (parser.description or "").split("\n\n")
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from (str(choice.help) for choice in action._choices_actions)
            for one in action.choices.values():
                yield from helps(one)
        elif action.help != argparse.SUPPRESS and action.dest != "help":
            yield str(action.help)


def test_help_is_whole_in_portuguese() -> None:
    texts = {" ".join(text.split()) for text in helps(_parser()) if text}
    texts |= {*FLAGS.values(), *(f"the same as --gate-{name.removeprefix('--')}" for name in SHORT_FORMS)}
    assert len(texts) > 30
    assert {text for text in texts if help_in(Language.PT, text) == text} == set()
    of_pytest = {text for text in HELP if "a shard, which" in text or text.startswith("the language of terminal")}
    assert sorted(HELP.keys() - texts - of_pytest) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["-k", "water"],
            "-k water (origem: linha de comandos) escolhe verificações pelo nome; a validação corre inteira",
        ),
        (["tests/nowhere.py"], "tests/nowhere.py: não há o ficheiro nem a pasta tests/nowhere.py."),
        (["-p", "no:release_gate"], "-p no:release_gate deixa a execução sem quem a avalie: não o use."),
        (["--gate-criteria", "Z"], "não tem o critério 'Z'; tem A, B"),
        (["--collect-only"], "--collect-only (origem: linha de comandos) só mostra alguma coisa"),
        (["--gate-release"], "--gate-release precisa de um git sem alterações: "),
        (["--basetemp", "tests"], "está dentro ou à volta do projeto: o pytest iria esvaziá-la."),
    ],
)
@pytest.mark.parametrize("way", ["option", "variable"])
def test_refusal_before_a_run_is_portuguese(kettle: Project, arguments: list[str], words: str, way: str) -> None:
    environment = {} if way == "option" else {"RELEASE_GATE_LANG": "pt"}
    spoken = ["--gate-lang", "pt"] if way == "option" else []
    ended = Project(kettle.root, {**kettle.environment, **environment}).supervised(*arguments, *spoken)
    assert words in ended.output
    assert "Nenhuma execução começou; nenhum resultado anterior foi alterado." in ended.output
    assert kettle.runs == []


def test_declaration_and_waivers_are_refused_in_portuguese(kettle: Project) -> None:
    kettle.write(
        "docs/release_waivers.toml", '[[waivers]]\ncheck = "Z9"\nreason = "r"\napprover = "a"\nexpires = 2099-01-01\n'
    )
    told = kettle.supervised("--gate-lang", "pt").output
    assert "dispensa 1: Z9 não é uma verificação exigida." in told
    kettle.replace("pyproject.toml", "waivers =", 'allowed_options = ["-k"]\nwaivers =')
    refused = kettle.run([*GATE, "run", "--lang", "pt"]).output
    assert '"-k" escolhe verificações pelo nome, por isso é recusado, seja o que for que se declare' in refused


def test_help_and_wrong_usage_are_portuguese(kettle: Project) -> None:
    shown = kettle.run([*GATE, "run", "--help", "--lang", "pt"]).output
    assert "mostra este texto e termina" in shown
    assert "recusa alterações por gravar e dados de amostra" in shown.replace("\n                        ", " ")
    assert "opção" not in kettle.run([*GATE, "run", "--help"]).output
    assert "argumentos desconhecidos: -x" in kettle.run([*GATE, "run", "--lang=pt", "-x"]).output
    assert (
        "não é a pasta de uma execução"
        in Project(kettle.root, {**kettle.environment, "RELEASE_GATE_LANG": "pt"})
        .run([*GATE, "show", "nowhere"])
        .output
    )
    assert (
        '"error": "nowhere: no folder of a run'
        in Project(kettle.root, {**kettle.environment, "RELEASE_GATE_LANG": "pt"})
        .run([*GATE, "show", "nowhere", "--json"])
        .output
    )


@pytest.mark.parametrize("count", [0, 1, 3])
def test_job_summary_is_portuguese(count: int) -> None:
    told = {"warnings": ["w"], "reasons": [str(number) for number in range(60)]}
    english, portuguese = (summary({**failing(count), **told}, "r/", 100_000, language) for language in Language)
    assert "| critério | veredicto | verificações passadas |" in portuguese
    assert len(english.splitlines()) == len(portuguese.splitlines())
    same = {line for line, other in zip(english.splitlines(), portuguese.splitlines(), strict=True) if line == other}
    fixed = r"Run|evidence|Root cause|See it again|Fix|Every reason|Warnings|more|The same cause"
    assert {line for line in same if re.search(rf"\b(?:{fixed})\b", line)} == set()
