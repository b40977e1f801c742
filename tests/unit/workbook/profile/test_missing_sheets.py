"""If a sheet is missing or has no headers, the others are profiled, and a sheet in its place is named."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from app.commands.tables import shown_profile
from app.contract import SHEETS
from app.workbook.profile.dictionary import dictionary_text
from app.workbook.profile.profile_document import document_of
from tests.integration.ingestion.factory import factory, save
from tests.unit.workbook.profile.in_process import profile_workbook

NAMES = [sheet.name for sheet in SHEETS]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("whole") / "whole.xlsx", factory())


@pytest.mark.parametrize("missing", NAMES)
@pytest.mark.parametrize("how", ["absent", "without rows", "renamed"])
def test_the_rest_is_profiled(whole: Path, missing: str, how: str, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(whole)
    if how == "absent":
        del book[missing]
    elif how == "renamed":
        book[missing].title = f"{missing.upper()} "
    else:
        book[missing].delete_rows(1, 1_000)
    path = tmp_path / "export.xlsx"
    book.save(path)
    document = document_of(profile_workbook(path))
    (breach,) = document["breaches"]
    expected = "MISSING_HEADER" if how == "without rows" else "MISSING_SHEET"
    assert (breach["code"], breach["sheet"]) == (expected, missing)
    assert (breach["instead"] is not None) == (how == "renamed")
    assert [sheet["sheet"] for sheet in document["sheets"]] == [name for name in NAMES if name != missing]
    assert missing in dictionary_text(document)
    assert "Only an ingestion compares it with the live run" in str(list(shown_profile(document))[-1])
