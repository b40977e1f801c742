"""The document: generated between two marks, with everything around them left alone."""

from __future__ import annotations

import io
import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rich.console import Console

from benchmarks.ingestion_speed.figures import NotMeasured
from benchmarks.ingestion_speed.presentation import (
    BEGIN,
    END,
    TITLE,
    as_json,
    as_markdown,
    on_terminal,
    put_into,
    tables_of,
)
from benchmarks.ingestion_speed.record import Record
from benchmarks.ingestion_speed.speed_judgement import judged
from benchmarks.ingestion_speed.tables import NONE, Shown, number
from tests.unit.benchmarks.records import a_record


def markdown(record: Record) -> str:
    return as_markdown(record, tables_of(record, judged(record)))


def html_cells(text: str) -> list[list[str]]:
    """Rows of the tables as a reader sees them."""
    rows: list[list[str]] = []
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    for before, token in pairwise(tokens):
        if before.type == "tr_open":
            rows.append([])
        if before.type in ("td_open", "th_open"):
            rows[-1].append("".join(child.content for child in token.children or []))
    return rows


def test_the_document_shows_what_was_judged() -> None:
    record = a_record()
    rows = html_cells(markdown(record))
    for one in judged(record):
        shown = next(row for row in rows if row[0] == one.name)
        assert shown[2:4] == [number(one.found), "met"]
    assert ["SELECT 1 | 2 < 3", "1", "0.5"] in rows
    assert ["extract", "6", "7.5", "6.75", "6", "50%"] in rows
    assert ["all phases together", "8.4", "10.5", "9.45", "8.4", "70%"] in rows
    assert ["this run's first load, if no core ever waited", "0.112"] in rows
    assert ["openpyxl alone", "60", "1", "40", "", "1", "40 80"] in rows
    assert ["first load", "12", "0.2", "6", "3", "0.225", "8 16"] in rows
    assert ["by the clock, until the last row was read", "8.4", "10.5", "9.45", "8.4", "70%"] in rows
    assert ["by the clock", "12", "15", "13.5", "12", "100%"] in rows


def test_what_was_not_measured_is_said_and_is_no_nought() -> None:
    record = a_record()
    with record.attempt("memory"):
        raise NotMeasured("this system has no /proc")
    text = markdown(record)
    row = next(row for row in html_cells(text) if row[0] == "Peak memory, all processes")
    assert row[2:4] == [NONE, "not measured"]
    assert row[5] == "this system has no /proc"
    assert "Not measured: memory: this system has no /proc" in text


def test_a_baseline_that_failed_in_one_round_leaves_no_multiple_of_it() -> None:
    record = a_record()
    record.floors["openpyxl"].pop()
    rows = html_cells(markdown(record))
    assert ["calamine, measured in this run", NONE] in rows
    assert next(row for row in rows if row[0] == "first load")[2] == NONE


def test_a_table_with_nothing_to_show_is_left_out() -> None:
    assert [one.title for one in tables_of(Record(), judged(Record()))] == ["Targets", "Floors"]


def test_cpu_that_is_not_known_is_not_shown_as_none_spent() -> None:
    record = a_record()
    for loads in record.loads.values():
        for one in loads:
            one["server_cpu_s"] = None
    rows = html_cells(markdown(record))
    assert next(row for row in rows if row[0] == "first load")[4:6] == [NONE, NONE]
    assert ["this run's first load, if no core ever waited", NONE] in rows


PROSE = st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"])).filter(
    lambda text: BEGIN not in text and END not in text
)


@given(before=PROSE, after=PROSE)
def test_prose_around_the_marks_survives(before: str, after: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("document") / "ingestion.md"
    path.write_text(f"{before}{BEGIN}\nold\n{END}{after}", encoding="utf-8")
    generated = f"{BEGIN}\nnew\n{END}"
    for _ in range(2):
        put_into(path, generated)
        assert path.read_text(encoding="utf-8") == before + generated + after


def test_a_document_without_marks_is_kept_and_one_that_is_missing_begun(tmp_path: Path) -> None:
    path = tmp_path / "ingestion.md"
    put_into(path, f"{BEGIN}\nnew\n{END}")
    assert path.read_text(encoding="utf-8") == f"{TITLE}\n{BEGIN}\nnew\n{END}\n"
    path.write_text("Mine.\n", encoding="utf-8")
    put_into(path, f"{BEGIN}\nnew\n{END}")
    assert path.read_text(encoding="utf-8") == f"Mine.\n\n{BEGIN}\nnew\n{END}\n"


def test_json_holds_every_value_and_verdict() -> None:
    record = a_record()
    found = json.loads(as_json(record, judged(record)))
    assert {one["verdict"] for one in found["targets"]} == {"met"}
    assert [one["seconds"] for one in found["floors"]["openpyxl"]] == [40, 80]
    assert len(found["loads"]["first"]) == 2
    assert found["machine"]["servers"]["durable"]["file_system"] == "ext4"


def test_the_terminal_shows_cells_to_the_letter() -> None:
    said = io.StringIO()
    on_terminal(Console(file=said, width=80), [Shown("T", ("a", "b"), [("[bold]x[/]", "≤ 1")])])
    assert "[bold]x[/]" in said.getvalue()


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, NONE), (0.0, "0"), (0.01234, "0.0123"), (1.125, "1.12"), (99.96, "100"), (1234.5, "1,234")],
)
def test_numbers_have_three_digits(value: float | None, text: str) -> None:
    assert number(value) == text
