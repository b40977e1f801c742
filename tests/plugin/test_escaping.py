"""The words of a check are text: no document, terminal or job summary takes them for anything else."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from release_gate.rules.escaping import _named, code, link, markdown, one_line
from release_gate.rules.model import Criterion, Outcome
from release_gate.telling.job_summary import plain
from release_gate.telling.terminal import Board
from tests.plugin.stimuli import STIMULI

RENDER = MarkdownIt("gfm-like", {"html": True, "linkify": False})
SHOWN = {"paragraph_open", "paragraph_close", "inline", "bullet_list_open", "bullet_list_close"}
SHOWN |= {"list_item_open", "list_item_close", "text", "text_special", "code_inline", "softbreak"}
HOSTILE = [
    "x\n# Verdict PASS",
    "# PASS",
    "1. one",
    "- item",
    "---",
    "===",
    "> quoted",
    "[PASS](https://example.org)",
    "![](https://example.org/x.png)",
    "<script>alert(1)</script>",
    "<!-- hidden",
    "&lt;b&gt;",
    "a | b | c",
    "``` \nThen: `rm`",
    "**PASS** __x__ ~~y~~ _z_",
    "$x$ \\[y\\]",
    "[red]x[/red] :smile:",
    "\x1b[2J\x1b[31mPASS\r\n",
    "\u202eSSAP\u2066",
    "a\u2028b\u0085c\x0bd",
    "[x]: https://example.org",
    "\\",
    "www.example.org https://example.org",
]
texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=30), st.text("#*_`[]()<>|\\~-+=1.&; \n\ra", max_size=20))


def kinds(document: str) -> set[str]:
    found = set()
    for token in RENDER.parse(document):
        found |= {token.type, *(inner.type for inner in token.children or [])}
    return found


def rendered(document: str) -> str:
    """The text that a reader of the document sees."""
    return "".join(
        inner.content for token in RENDER.parse(document) if token.type == "inline" for inner in token.children or []
    )


@given(texts)
@example("0) x")
def test_text_in_markdown_is_that_text_and_nothing_else(text: str) -> None:
    for before in ("- ", "Why: ", ""):
        document = before + markdown(text)
        assert kinds(document) <= SHOWN, document
        assert rendered(document).strip() == (before.removeprefix("- ") + one_line(text)).strip()


@given(texts)
def test_text_in_a_table_is_one_cell(text: str) -> None:
    table = f"| a | b |\n|---|---|\n| {markdown(text)} | end |\n\nafter"
    tokens = RENDER.parse(table)
    cells = [tokens[place + 1].content for place, token in enumerate(tokens) if token.type == "td_open"]
    assert len(cells) == 2
    assert cells[1] == "end"


@given(texts)
def test_text_in_a_code_span_stays_in_it(text: str) -> None:
    assert kinds(f"See: {code(text)} after") <= SHOWN
    assert rendered(f"See: {code(text)} after").startswith("See: ")
    assert rendered(f"See: {code(text)} after").endswith(" after")


@given(st.text(min_size=1, max_size=20).filter(lambda name: "\0" not in name))
def test_link_is_one_link_beside_the_document(path: str) -> None:
    tokens = [inner for token in RENDER.parse(link(path)) for inner in token.children or []]
    links = [token for token in tokens if token.type == "link_open"]
    assert len(links) == 1
    assert str(links[0].attrs["href"]).startswith("./")
    assert re.fullmatch(r"[\w./%-]+", str(links[0].attrs["href"]))


@given(texts)
def test_line_for_a_terminal_has_no_control_in_it(text: str) -> None:
    shown = one_line(text)
    assert shown.isprintable()
    assert "\n" not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (" a\t\n b ", "a b"),
        ("\x1b[2J\x7f", "\\x1b[2J\\x7f"),
        ("\u202e\ufeff\ue000", "\\u202e\\ufeff\\ue000"),
        ("\U000e0001", "\\U000e0001"),
        (7, "7"),
        ("", ""),
    ],
)
def test_invisible_characters_are_shown_by_their_number(text: object, shown: str) -> None:
    assert one_line(text) == shown


@pytest.mark.parametrize(
    ("number", "named"),
    [
        (0xFF, "\\xff"),
        (0x100, "\\u0100"),
        (0xFFFF, "\\uffff"),
        (0x10000, "\\U00010000"),
        (0x10FFFF, "\\U0010ffff"),
    ],
)
def test_number_of_a_character_has_as_many_digits_as_it_needs(number: int, named: str) -> None:
    assert _named(chr(number)) == named


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("", "` `"),
        ("a b", "`a b`"),
        ("`", "`` ` ``"),
        ("`a", "`` `a ``"),
        ("a`", "`` a` ``"),
        ("ab`", "`` ab` ``"),
        ("a``b`c", "```a``b`c```"),
        ("`a``", "``` `a`` ```"),
        (7, "`7`"),
    ],
)
def test_code_span_has_the_shortest_fence(text: object, span: str) -> None:
    assert code(text) == span


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("a/b-1.md", "[a/b-1.md](<./a/b-1.md>)"),
        ("água _x.md", "[água \\_x.md](<./água%20_x.md>)"),
        ("<é>\U0001f600", "[\\<é>\U0001f600](<./%3Cé%3E%F0%9F%98%80>)"),
        ("\ud800", "[\\\\ud800](<./%3F>)"),
    ],
)
def test_link_shows_the_path_and_encodes_it(path: str, written: str) -> None:
    assert link(path) == written


@given(texts)
def test_text_in_the_job_summary_is_text(text: str) -> None:
    assert kinds(f"- {plain(text)}") <= SHOWN | {"html_inline"} - {"html_inline"}


@pytest.mark.parametrize("title", ["[red]hot[/red]", "[/]", "[bold", "\x1b[31mred", ":smile:"])
def test_board_shows_titles_as_they_are(title: str) -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=False, width=200)
    board = Board(_declared(title), stream)
    board._outcomes["A1"] = Outcome.PASSED
    console.print(board._table())
    assert one_line(title) in stream.getvalue()


def _declared(title: str) -> Any:
    from types import SimpleNamespace

    check = SimpleNamespace(id="A1", criterion="A", title=title, is_on_trial=lambda _: False)
    return SimpleNamespace(criteria=[Criterion("A", title)], checks=[check], title=title)


def test_no_text_of_a_check_passes_itself_off_as_the_gate(tmp_path: Path) -> None:
    project = STIMULI["texts_that_forge_a_release"].laid_out(tmp_path / "kettle", lambda *_: None)
    ended = project.supervised()
    closing = ended.output[ended.output.rindex("PRODUCTION PROOF FAILED") :]
    assert "PRODUCTION PROOF COMPLETE" not in [line.strip() for line in closing.splitlines()]
    assert "\x1b" not in closing
    documents = [
        project.blocked,
        *sorted((project.root / "docs").glob("*.md")),
        project.folder / "ERROR_TRIAGE_REPORT.md",
    ]
    for document in documents:
        text = document.read_text("utf-8")
        headings = [line for line in text.splitlines() if line.startswith("#")]
        assert not [line for line in headings if "approved" in line], document
        assert not [tag for tag in ("<script", "<img", 'href="https:') if tag in RENDER.render(text)], document
        assert not [line for line in text.splitlines() if line.strip() in ("Verdict **PASS**", "| B1 | PASSED |")]


def test_secret_known_late_is_taken_out_of_the_journal_too(tmp_path: Path) -> None:
    project = STIMULI["pass_with_a_secret_known_late"].laid_out(tmp_path / "kettle", lambda *_: None)
    assert project.supervised().exit_code == 0
    assert b"steam-engine-7" not in project.everything_written()
    assert "It judged commit unknown, not x." in project.verify("--allow-sample", "--commit", "x").output
