"""No person's name reaches any output of an inspection, wherever in the workbook it stands."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest
from rich.console import Console

from app.commands.tables import shown_profile
from app.workbook.profile.dictionary import dictionary_text
from app.workbook.profile.profile_document import document_of, report_text
from tests.integration.ingestion.factory import ASSIGNMENTS, EMPLOYEES, PEOPLE, factory, save
from tests.unit.workbook.profile.in_process import profile_workbook


def everything(path: Path) -> str:
    """All that an inspection writes and prints."""
    document = document_of(profile_workbook(path))
    console = Console(file=io.StringIO(), width=400)
    for shown in shown_profile(document):
        console.print(shown)
    return "\n".join([report_text(document), dictionary_text(document), console.file.getvalue()])


def edited(path: Path, case: str) -> Path:
    rows = factory()
    if case == "repeated with other content":
        rows[EMPLOYEES] += [[*rows[EMPLOYEES][0][:2], 0], list(rows[EMPLOYEES][1])]
    elif case == "in other columns":
        rows[EMPLOYEES] = [[name, number, name] for number, name, _ in rows[EMPLOYEES]]
        rows[ASSIGNMENTS][0] = [PEOPLE[0], PEOPLE[1], PEOPLE[2]]
    save(path, rows)
    book = openpyxl.load_workbook(path)
    if case == "without header row":
        book[EMPLOYEES].delete_rows(1)
    elif case == "as a header":
        book[EMPLOYEES].cell(1, 2, PEOPLE[1])
    book.save(path)
    return path


@pytest.mark.parametrize(
    "case",
    ["as they should be", "repeated with other content", "in other columns", "without header row", "as a header"],
)
def test_no_name_is_told(tmp_path: Path, case: str) -> None:
    text = everything(edited(tmp_path / "w.xlsx", case))
    words = {word for name in PEOPLE for word in name.split() if len(word) > 2}
    assert len(words) == 6
    assert {word for word in words if word in text} == set()
    assert EMPLOYEES in text


def test_headers_that_may_be_names_are_only_counted(tmp_path: Path) -> None:
    document = document_of(profile_workbook(edited(tmp_path / "w.xlsx", "as a header")))
    employees = next(sheet for sheet in document["sheets"] if sheet["sheet"] == EMPLOYEES)
    assert employees["extra_columns"] == {"count": 1, "headers": None}
    assert document["breaches"][0]["columns"] == ["Funcionario_Nome"]


def test_header_cannot_steer_a_terminal(tmp_path: Path) -> None:
    path = save(tmp_path / "w.xlsx", factory())
    book = openpyxl.load_workbook(path)
    book[EMPLOYEES].cell(1, 4, "[red]x\u202e|" + "y" * 100)
    book.save(path)
    document = document_of(profile_workbook(path))
    (header,) = next(sheet for sheet in document["sheets"] if sheet["sheet"] == EMPLOYEES)["extra_columns"]["headers"]
    assert header == "[red]x?|" + "y" * 52
    assert "[red]x?|yy" in everything(path).replace("\n", "")
