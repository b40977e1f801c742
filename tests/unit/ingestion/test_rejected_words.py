"""Sentences about refused rows have their translations."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract import SHEETS, Sheet
from app.ingestion.reports import rejected_words as words
from app.workbook.cells import CellFault, type_cell
from app.workbook.oddities import ErrorCell, UncachedFormula

ENGLISH = re.compile(r"\b(is|not|the|belongs|outside|which|whose|was|characters?|export|range)\b", re.IGNORECASE)
ODD = [
    *("", "NULL", "x", "Ana Sousa", "1.000", "12:30", "-", 1.5, 10**17, -1, 7, 1e300, True, False),
    *(ErrorCell("#N/A"), UncachedFormula("A1+1"), dt.datetime(1850, 1, 1), dt.datetime(2025, 1, 2, 3, 4)),
    *(dt.timedelta(hours=3), "2025-01-02T10:00", "12345678901234567890"),
]


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_fault_of_each_column_is_translated(sheet: Sheet) -> None:
    faults = [
        fault
        for column in sheet.columns
        for cell in ODD
        if isinstance(fault := type_cell(column, cell, in_key=column.header in sheet.key), CellFault)
    ]
    assert faults
    for fault in faults:
        told = words.reason(fault.detail, sheet)
        assert told.startswith(f"{fault.header}: ")
        assert not ENGLISH.search(told.removeprefix(f"{fault.header}: ")), told


@given(st.lists(st.sampled_from(ODD), min_size=2, max_size=6))
def test_faults_of_one_row_are_all_found(cells: list[object]) -> None:
    sheet = SHEETS[0]
    faults = [
        fault
        for column, cell in zip(sheet.columns, cells, strict=False)
        if isinstance(fault := type_cell(column, cell), CellFault)
    ]
    detail = "; ".join(fault.detail for fault in faults)
    assert words.faults_in(detail, sheet) == [(fault.header, fault.said) for fault in faults]


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        ("identical to row 7, which is kept", "igual à linha 7, que foi aceite"),
        (
            "row 9 has the same key (Of_Id 5) with other content and wins",
            "a linha 9 tem a mesma chave (Of_Id 5) com outro conteúdo e prevalece",
        ),
        (
            "FaseOf_OfId 5 is no accepted Of_Id of OrdensFabrico",
            "FaseOf_OfId 5 não é uma ordem aceite da folha OrdensFabrico",
        ),
    ],
)
def test_row_refused_beside_others_is_translated(detail: str, told: str) -> None:
    assert words.reason(detail, SHEETS[0]) == told


def test_each_code_has_its_meaning_and_remedy() -> None:
    from app.database.schema.audit import REJECT_CODES

    assert set(words.MEANINGS) == set(words.REMEDIES) == set(REJECT_CODES)
