"""A part in which a declaration's words are text is parsed once, however often they stand there."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from app.workbook.opc import parts
from app.workbook.opc.xml_walk import DeclaresEntities

WORDS = f"<!-- <!DOCTYPE x> {'.' * parts.PIECE_BYTES} -->"


def archive_of(xml: str) -> zipfile.ZipFile:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/a.xml", xml)
    return zipfile.ZipFile(packed)


def test_a_part_is_parsed_once_for_the_words_in_all_its_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []
    walk = parts.walk

    def counted(file: Any) -> None:
        parsed.append(file)
        walk(file)

    monkeypatch.setattr(parts, "walk", counted)
    with archive_of(f"<a>{WORDS * 5}</a>") as archive:
        parts.require_whole_parts(archive, ["xl/a.xml"])
    assert len(parsed) == 1


def test_a_declaration_behind_its_words_is_refused() -> None:
    with archive_of(f"{WORDS}<!DOCTYPE a [<!ENTITY b 'c'>]><a/>") as archive, pytest.raises(DeclaresEntities):
        parts.require_whole_parts(archive, ["xl/a.xml"])
