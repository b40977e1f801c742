"""The declaration of the checklist lines that are no errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.features.checklist import DECLARATION, DeclaredLine, checklist_json, load_checklist
from app.features.errors import DeclarationError
from app.workbook.sample.sample_work import CHECKLIST_LINE, FINDINGS


def test_declared_lines_hold_the_samples_and_none_of_its_errors() -> None:
    declared = {line.description for line in load_checklist()}
    assert {CHECKLIST_LINE, "Barco bem lixado."} <= declared
    assert declared.isdisjoint(FINDINGS)
    assert declared.isdisjoint({"Poros na pintura.", "Zona do poço suja", "Peso do barco"}), "these say what is wrong"


def test_statements_get_every_line() -> None:
    assert [DeclaredLine(**line) for line in json.loads(checklist_json())] == list(load_checklist())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("phase = 8", "phase = true"),
        ("phase = 8", 'phase = "8"'),
        ("phase = 8", ""),
        ("lines = [", "texts = ["),
        ('"Barco bem polido."', '"Barco bem lixado."'),
        ('"Barco bem polido."', '""'),
        ('"Barco bem polido."', "3"),
        ('"Barco bem polido."', f'"{"x" * 1001}"'),
        ("[[checklist]]", "[checklist"),
        ("[[checklist]]", "[checklist]"),
    ],
)
def test_faulty_declaration_is_refused(tmp_path: Path, old: str, new: str) -> None:
    text = DECLARATION.read_text(encoding="utf-8")
    assert old in text
    faulty = tmp_path / "checklist.toml"
    faulty.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"checklist\.toml"):
        load_checklist(faulty)


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"checklist = 3"])
def test_unreadable_declaration_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "checklist.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DeclarationError):
        load_checklist(path)


def test_a_declaration_may_be_empty(tmp_path: Path) -> None:
    path = tmp_path / "checklist.toml"
    path.write_text("checklist = []", encoding="utf-8")
    assert load_checklist(path) == ()
