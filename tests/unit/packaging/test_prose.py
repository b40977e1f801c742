"""Documents in a form that people can read: files that exist, lines and cells of bounded length, one word per idea."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from tests.unit.packaging.checkout import ROOT

WIDTH, CELL = 120, 200
FILE = re.compile(r"`((?:app|release_gate|tests|migrations|scripts|benchmarks|docs|\.ci|\.github)/[\w./-]+)`")
MADE_BY_RUNS = ("docs/_runs/", "docs/RELEASE_BLOCKED.md", "docs/ERROR_", "docs/FINAL_STATUS.md", "docs/profile/")
GLOSSARY_ASIDE = {"glossary.md", "CHANGELOG.md"}
"""Documents that name the synonyms: as forbidden, or as once used."""


def text_of(document: str) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "docs/architecture.md", "docs/PROD_READY_IMPLEMENTATION.md"])
def test_every_file_named_exists(document: str) -> None:
    named = {name for name in FILE.findall(text_of(document)) if not name.startswith(MADE_BY_RUNS)}
    assert len(named) > 10
    assert sorted(name for name in named if not (ROOT / name).exists()) == []


def test_architecture_has_a_picture_and_five_walks() -> None:
    text = text_of("docs/architecture.md")
    assert text.count("```mermaid\n") == 1
    walks = re.findall(r"^## The life of a ([\w ]+)\n\n1\. ", text, re.MULTILINE)
    assert walks == ["row", "request", "requested ingestion", "check", "migration"]


@cache
def synonyms() -> dict[str, str]:
    """Each word that the glossary forbids, with the word to use."""
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \| ([^|]+) \|$", text_of("docs/glossary.md"), re.MULTILINE)
    return {never: word for word, listed in rows if word != "word" for never in listed.split(", ") if never.strip()}


def synonyms_in(text: str) -> list[str]:
    """`never (say word)` for each forbidden word in the text."""
    words = " ".join(text.split()).lower()
    return [
        f"{never} (say {word})"
        for never, word in synonyms().items()
        if never.lower() in words and re.search(rf"\b{re.escape(never.lower())}s?\b", words)
    ]


@dataclass(frozen=True)
class Texts:
    """The texts of a module: docstrings of it, its classes and functions; texts below a name; messages."""

    docstrings: tuple[str, ...]
    below_names: tuple[str, ...]
    messages: tuple[str, ...]


@cache
def texts_of(path: Path) -> Texts:
    """Read from one parse of the file: every test here reads the whole checkout."""
    nodes = [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = (ast.get_docstring(node) or "" for node in nodes if isinstance(node, documented))
    below = (text for node in nodes for text in texts_below_names(getattr(node, "body", None)))
    return Texts(tuple(docstrings), tuple(below), tuple(messages(nodes)))


def texts_below_names(body: object) -> Iterator[str]:
    """The texts that explain the assignment above them."""
    for above, below in pairwise(body if isinstance(body, list) else []):
        is_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
        if is_text and isinstance(above, ast.Assign | ast.AnnAssign) and isinstance(below.value.value, str):
            yield below.value.value


def messages(nodes: Sequence[ast.AST]) -> Iterator[str]:
    """The string literals of several words that are no docstring: messages, helps and descriptions."""
    texts = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    literals = [node for node in nodes if isinstance(node, ast.Constant) and id(node) not in texts]
    yield from (node.value for node in literals if isinstance(node.value, str) and " " in node.value)


def test_documents_say_one_word_for_one_idea() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): synonyms_in(path.read_text(encoding="utf-8"))
        for path in documents()
        if path.name not in GLOSSARY_ASIDE
    }
    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize("folder", ["app", "release_gate", "scripts", "benchmarks", "migrations", "tests", ".ci"])
def test_docstrings_and_comments_say_one_word_for_one_idea(folder: str) -> None:
    found = {
        path.relative_to(ROOT).as_posix(): synonyms_in("\n".join((*explanations(path), *comments(path))))
        for path in (ROOT / folder).rglob("*.py")
        if path.name != "test_prose.py"
    }
    assert {name: words for name, words in found.items() if words} == {}


def test_declarations_pages_and_translations_say_one_word_for_one_idea() -> None:
    folders = [ROOT / name for name in ("app", "release_gate", "tests/faults", "tests/mutation")]
    paths = [*ROOT.glob("*.toml"), *(path for folder in folders for path in folder.rglob("*"))]
    texts = {path: path.read_text(encoding="utf-8") for path in paths if path.suffix in (".toml", ".j2", ".po")}
    assert {".toml", ".j2"} <= {path.suffix for path in texts}
    assert {path.name: words for path, text in texts.items() if (words := synonyms_in(text))} == {}


@pytest.mark.parametrize("folder", ["app", "release_gate", "scripts", "benchmarks"])
def test_messages_say_one_word_for_one_idea(folder: str) -> None:
    found = {
        path.relative_to(ROOT).as_posix(): synonyms_in("\n".join(texts_of(path).messages))
        for path in (ROOT / folder).rglob("*.py")
        if not path.is_relative_to(ROOT / "app" / "contract")
    }
    assert {name: words for name, words in found.items() if words} == {}


COUNTED_SHEETS = re.compile(r"\b(nine|9|ten|10) (contract )?sheets", re.IGNORECASE)


def test_nothing_says_how_many_sheets_the_contract_has() -> None:
    folders = ("app", "release_gate", "scripts", "benchmarks", "tests")
    texts = [path for folder in folders for path in (ROOT / folder).rglob("*.py") if path.name != "test_prose.py"]
    texts += [*documents(), ROOT / "release_gate.toml"]
    assert [path.name for path in texts if COUNTED_SHEETS.search(path.read_text(encoding="utf-8"))] == []


def test_a_synonym_is_found_across_lines_and_in_the_plural() -> None:
    assert synonyms_in("The match\nratios of these Excel files.") == [
        "match ratio (say match rate)",
        "Excel file (say workbook)",
    ]
    assert synonyms_in("A buggy phrase, audit.rejected_rows and match rates.") == []


BETWEEN_MARKS = re.compile(r"<!-- .*? -->.*?<!-- .*? -->|```.*?```", re.DOTALL)
"""Tables and figures that a command writes, and code."""


def documents() -> list[Path]:
    """The documents of the checkout, without those that a run of the gate or a measurement has left beside them."""
    ignored = [line.strip("/") for line in text_of(".gitignore").splitlines() if not line.startswith("!")]
    kept = [line.strip("!/") for line in text_of(".gitignore").splitlines() if line.startswith("!")]
    return [
        path
        for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))
        if (name := path.relative_to(ROOT).as_posix()) in kept
        or not any(fnmatch(name, one) or name.startswith(f"{one}/") for one in ignored)
    ]


def test_lines_and_cells_of_documents_are_bounded() -> None:
    faults = []
    for path in documents():
        for line in BETWEEN_MARKS.sub("", path.read_text(encoding="utf-8")).splitlines():
            is_row = line.startswith("|")
            cells = re.split(r"(?<!\\)\|", line) if is_row else []
            if not is_row and len(line) > WIDTH:
                faults.append(f"{path.name}: {len(line)} characters: {line[:60]}")
            faults += [f"{path.name}: cell of {len(one)}: {one[:60]}" for one in cells if len(one.strip()) > CELL]
    assert faults == []


def test_lines_of_generated_parts_are_bounded() -> None:
    generated = re.compile(r"<!-- .*? -->.*?<!-- .*? -->", re.DOTALL)
    lines = [
        f"{path.name}: {len(line)} characters: {line[:60]}"
        for path in documents()
        for part in generated.findall(path.read_text(encoding="utf-8"))
        for line in part.splitlines()
        if len(line) > WIDTH and not line.startswith("|")
    ]
    assert lines == []


RIDDLE = re.compile(
    r"(What|Who|Why|Whether|Which|When|How|Where|Those)(ever)?\b|(Of|By|From|As|So|For|With|Without|Behind|Beyond|Until|In|It|Not)\b"
    r"|Every\b|(Every|Some|No)(body|one|thing)\b|(Said|Tried|Asked|Known|Told)\b"
)
"""First words of a text without its subject, or without a verb: "Every order." says neither what is done nor why."""
RIDDLE_OF_COMMENTS = re.compile(r"#:? (What|Who|Whether|How|Where|Those)(ever)?\b")
PUBLISHED = (
    "Every order that counts ",
    "Every description of the quality errors",
    "Every execution of the scenario in time",
    "So many executions of a phase",
    "When the factory works.",
    "Why a run ended without being published",
)
"""Descriptions in the OpenAPI document, which does not change for its wording alone."""
LITERARY = re.compile(
    r"\b(whoever|whomever|lest|by the book|(at most|at least|with|over|after|one in) so (many|much))\b"
)
PERSONIFIED = re.compile(r"(?<!who )(?<!body )\b(knows|tells|wants|speaks|thinks|believes)\b(?!=)")
"""Verbs of people. A file, a check or a process has, says, needs or reports something; `nobody knows` is of people.
Wants= is a setting of systemd."""
CUT_ADDRESS = re.compile(r"https?://\S*(?:[-_=?&]\s+\w|/\s+[\w%]+[-./#_][\w%])")
"""An address that a line break, or a blank, divides."""


def explanations(path: Path) -> tuple[str, ...]:
    return (*texts_of(path).docstrings, *texts_of(path).below_names)


@pytest.mark.parametrize("folder", ["app", "release_gate", "scripts", "benchmarks", "migrations", "tests"])
def test_docstrings_begin_with_what_the_code_does(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {text.splitlines()[0]}"
        for path in (ROOT / folder).rglob("*.py")
        for text in explanations(path)
        if RIDDLE.match(text) and not text.startswith(PUBLISHED)
    ]
    assert found == []


def is_plain(text: str) -> bool:
    """True without literary words, verbs of people and a divided address, also across lines."""
    words = " ".join(text.split()).lower()
    return not (LITERARY.search(words) or PERSONIFIED.search(words) or CUT_ADDRESS.search(text))


def test_documents_are_plain() -> None:
    assert [path.name for path in documents() if not is_plain(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    "text",
    [
        "with nothing read by the\nbook",
        "a reader that\nknows no other plant",
        "https://www.postgresql.org/docs/current/\nusing-explain.html",
        "https://www.postgresql.org/docs/current/using-\nexplain.html",
        "https://www.postgresql.org/docs/ current/using-explain.html",
        "https://example.org/?a=\n1",
    ],
)
def test_divided_addresses_and_words_that_are_not_plain_are_found_across_lines(text: str) -> None:
    assert not is_plain(text)


def test_whole_addresses_are_plain() -> None:
    assert is_plain("PostgreSQL (https://www.postgresql.org/docs/current/)\nsays so.")
    assert is_plain("See https://www.postgresql.org/docs/current/using-explain.html\nand e.g. its rows.")
    assert is_plain("See https://www.postgresql.org/docs/\nThe next sentence.")


def test_verbs_of_people_are_plain_of_people() -> None:
    assert is_plain("For somebody who knows it, and a password that nobody\nknows.")


def comments(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        yield from (token.string for token in tokenize.tokenize(file.readline) if token.type == tokenize.COMMENT)


@pytest.mark.parametrize("folder", ["app", "release_gate", "scripts", "benchmarks", "tests"])
def test_docstrings_and_comments_are_plain(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {text}"
        for path in (ROOT / folder).rglob("*.py")
        for text in (*explanations(path), *comments(path))
        if not is_plain(text) or RIDDLE_OF_COMMENTS.match(text)
    ]
    assert found == []
