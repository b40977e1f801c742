"""A workbook that breaks the contract is refused by code, and the sentence names what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.contract import SHEET_BY_NAME, SHEETS
from app.workbook.errors import WorkbookRefused
from app.workbook.typing import typed_chunks
from app.workbook.workbook_reading import open_workbook
from app.workbook.writing import write_workbook
from tests.unit.workbook.raw_package import write_package

PHASES = SHEET_BY_NAME["Fases"]
HEADERS = [column.header for column in PHASES.columns]


def refusal_of_phases(path: Path, headers: list[str]) -> WorkbookRefused:
    write_workbook(path, {"Fases": [[1, "Corte", 1, 1, 0]]}, headers={"Fases": headers})
    with open_workbook(path) as workbook, pytest.raises(WorkbookRefused) as refused:
        workbook.require_contract()
        list(typed_chunks(workbook, PHASES))
    return refused.value


def test_every_missing_sheet_is_named(tmp_path: Path) -> None:
    path = write_package(tmp_path / "book.xlsx")
    with open_workbook(path) as workbook, pytest.raises(WorkbookRefused) as refused:
        workbook.require_contract()
    assert refused.value.code == "MISSING_SHEET"
    assert all(sheet.name in str(refused.value) for sheet in SHEETS)


@pytest.mark.parametrize(
    ("headers", "code", "named"),
    [
        ([header for header in HEADERS if header not in HEADERS[1:3]], "MISSING_COLUMN", HEADERS[1:3]),
        ([header.lower() for header in HEADERS], "MISSING_COLUMN", HEADERS),
        ([*HEADERS, "Fase_Nome"], "DUPLICATE_COLUMN", ["Fase_Nome"]),
        ([], "MISSING_HEADER", ["Fases"]),
        (["", ""], "MISSING_HEADER", ["Fases"]),
    ],
)
def test_broken_header_is_refused(tmp_path: Path, headers: list[str], code: str, named: list[str]) -> None:
    refused = refusal_of_phases(tmp_path / "book.xlsx", headers)
    assert refused.code == code
    assert all(name in str(refused) for name in [*named, "book.xlsx", "row 1"])


def test_more_than_the_contract_is_tolerated(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    headers = {"Fases": [*reversed(HEADERS), "Cor"], "Notas": ["x"]}
    write_workbook(path, {"Fases": [[0, 1, 1, "Corte", 1, "azul"]]}, headers=headers)
    with open_workbook(path) as workbook:
        workbook.require_contract()
        (chunk,) = typed_chunks(workbook, PHASES)
    assert chunk.columns == [[1], ["Corte"], [1], [True], [False]]
    assert (chunk.faults, chunk.extra_columns) == ({}, ("Cor",))
