"""The pure parts of a profile, by their properties."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.contract import SHEET_BY_NAME, SHEETS
from app.workbook.profile.columns import profile_column
from app.workbook.profile.faults import FAULTS
from app.workbook.profile.faults.catalogue_faults import decimals
from app.workbook.profile.profile_document import InvalidProfile, validated
from app.workbook.profile.row_keys import key_candidates, refusals
from app.workbook.profile.sheet_data import SheetData
from app.workbook.profile.shown import percent
from app.workbook.typing import Chunk, RowFault

SKILLS = SHEET_BY_NAME["FuncionariosFasesAptos"]
ROUTES = SHEET_BY_NAME["FasesStandardModelos"]
CELLS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.none() | st.integers(0, 9)), max_size=12)


def skills(rows: list[tuple[int, int, int | None]], size: int = 5) -> SheetData:
    """The rows as a sheet, taken in by chunks."""
    data = SheetData(SKILLS)
    for first in range(0, len(rows), size):
        part = rows[first : first + size]
        data.append(
            Chunk([first + place + 2 for place in range(len(part))], [list(cells) for cells in zip(*part, strict=True)])
        )
    return data


@given(CELLS)
def test_key_candidates_are_the_least_combinations_that_never_repeat(rows: list[tuple[int, int, int | None]]) -> None:
    data = skills(rows)
    found = key_candidates(data, [profile_column(data, column) for column in SKILLS.columns])
    headers = [column.header for column in SKILLS.columns]
    unique = [
        some
        for size in (1, 2, 3)
        for some in combinations(range(3), size)
        if rows
        and len({tuple(row[place] for place in some) for row in rows if None not in [row[p] for p in some]})
        == len(rows)
    ]
    least = [some for some in unique if not any(set(other) < set(some) for other in unique)]
    assert found == tuple(tuple(headers[place] for place in some) for some in least)


@given(CELLS)
def test_column_figures_are_those_of_its_cells(rows: list[tuple[int, int, int | None]]) -> None:
    data = skills(rows)
    profile = profile_column(data, SKILLS.columns[2])
    known = [row[2] for row in rows if row[2] is not None]
    assert (profile.rows, profile.nulls, profile.distinct) == (len(rows), len(rows) - len(known), len(set(known)))
    assert (profile.least, profile.most) == ((min(known), max(known)) if known else (None, None))


def test_row_that_differs_from_the_last_of_its_key_conflicts_with_it() -> None:
    data = SheetData(ROUTES)
    data.append(Chunk([2, 3, 4], [[1] * 3, [2] * 3, [3] * 3, [1.5] * 3, [0.0, 0.5, 0.0]]))
    assert refusals({ROUTES.name: data}, {ROUTES.name: ()}) == {ROUTES.name: {1: "CONFLICTING_KEY", 2: "DUPLICATE_ROW"}}


def test_key_repeats_although_another_column_never_does() -> None:
    data = skills([(1, 1, 5), (1, 1, 6), (1, 2, 7)])
    candidates = key_candidates(data, [profile_column(data, column) for column in SKILLS.columns])
    assert candidates == (("FuncionarioFase_Inicio",),)
    assert refusals({SKILLS.name: data}, {SKILLS.name: candidates}) == {SKILLS.name: {0: "CONFLICTING_KEY"}}


def test_faults_keep_their_rows_over_several_chunks() -> None:
    data = SheetData(SKILLS)
    for first in (2, 4):
        fault = RowFault("NULL_KEY", "", {"FuncionarioFase_FuncionarioId": "NULL", "FuncionarioFase_Inicio": "NULL"})
        data.append(Chunk([first, first + 1], [[1, None], [1, 1], [None, None]], {1: fault}))
    assert data.refused == {1: "NULL_KEY", 3: "NULL_KEY"}
    assert data.faulty == {"FuncionarioFase_FuncionarioId": 2}
    assert list(data.sound.excel_rows) == [2, 4]


@example(99_999, 100_000)
@example(1, 100_000)
@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_percent_never_rounds_to_all_or_none(one: int, other: int) -> None:
    part, whole = sorted((one, other))
    text = percent(part, whole)
    assert (text == "100.00 %") == (part == whole > 0)
    assert (text == "0.00 %") == (part == 0 < whole)
    assert (text == "") == (whole == 0)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_decimals_are_those_of_the_shortest_decimal(value: float) -> None:
    exponent = Decimal(repr(value)).normalize().as_tuple().exponent
    assert decimals(value) == max(0, -int(exponent))


def test_headers_name_one_sheet_and_codes_one_fault_of_a_sheet() -> None:
    headers = [column.header for sheet in SHEETS for column in sheet.columns]
    assert len(headers) == len(set(headers))
    codes = [(fault.issue.sheet, fault.issue.code) for fault in FAULTS]
    assert len(codes) == len(set(codes))


def test_every_fault_is_documented_as_it_is_declared() -> None:
    text = (Path(__file__).parents[4] / "docs" / "office" / "profile.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| (\w+) \| ([A-Z0-9_]+) \| (.+) \| (\w+) \|$", text, re.MULTILINE)
    assert documented == [(one.issue.sheet, one.issue.code, one.issue.words, one.of) for one in FAULTS]


def test_document_that_breaks_its_schema_is_not_given_out() -> None:
    with pytest.raises(InvalidProfile, match=r"\$"):
        validated({"schema_version": 1})
