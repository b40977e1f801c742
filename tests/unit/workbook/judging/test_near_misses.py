"""A refusal for a name that is nearly right says what stands there instead."""

from __future__ import annotations

import time

import pytest

from app.contract import SHEET_BY_NAME, SHEETS
from app.workbook.column_letters import column_letters, column_number
from app.workbook.errors import WorkbookRefused
from app.workbook.judging.contract_checking import column_places, extra_columns, require_sheets
from app.workbook.judging.near_misses import near_misses

ORDERS = SHEET_BY_NAME["OrdensFabrico"]
HEADERS = [column.header for column in ORDERS.columns]


@pytest.mark.parametrize(
    ("there", "told"),
    [
        ("Of_Id ", "there is 'Of_Id ' with a blank at its end"),
        (" Of_Id", "there is ' Of_Id' with a blank at its beginning"),
        (" Of_Id ", "there is ' Of_Id ' with blanks around it"),
        ("Of_Id\N{NO-BREAK SPACE}", "there is 'Of_Id\\\\u00a0' with a non-breaking blank at its end"),
        ("Of_Id\n", "there is 'Of_Id\\\\u000a' with a line break at its end"),
        ("\ufeffOf_Id", "there is '\\\\ufeffOf_Id' with an invisible character in it"),
        ("\u200eOf_Id", "there is '\\\\u200eOf_Id' with an invisible character in it"),
        ("Of\u00ad_Id", "there is 'Of\\\\u00ad_Id' with an invisible character in it"),
        ("[Of_Id]", "there is '[Of_Id]' with other signs in it"),
        ("Of_Id*", "there is 'Of_Id*' with other signs in it"),
        ("OF_ID", "there is 'OF_ID' in other letters, large for small"),
        ("Of Id", "there is 'Of Id'"),
        ("OfId", "there is 'OfId'"),
        ("Of-Id", "there is 'Of-Id'"),
        (
            "\N{CYRILLIC CAPITAL LETTER O}f_Id",
            "there is '\N{CYRILLIC CAPITAL LETTER O}f_Id' with other accents or letters",
        ),
        ("Óf_Id", "there is 'Óf_Id' with other accents or letters"),
    ],
)
def test_a_header_nearly_right_is_named_with_its_difference(there: str, told: str) -> None:
    with pytest.raises(WorkbookRefused) as refused:
        column_places("export.xlsx", ORDERS, [there, *HEADERS[1:]])
    assert refused.value.code == "MISSING_COLUMN"
    assert told in str(refused.value)


@pytest.mark.parametrize("there", ["FASES", "Fases (2)", "Fases ", "fases", " Fases", "Fáses"])
def test_a_sheet_nearly_right_is_named(there: str) -> None:
    names = [sheet.name for sheet in SHEETS if sheet.name != "Fases"]
    with pytest.raises(WorkbookRefused) as refused:
        require_sheets("export.xlsx", [*names, there])
    assert refused.value.code == "MISSING_SHEET"
    assert f"there is {there!r}" in str(refused.value)


@pytest.mark.parametrize("between", [";", ",", "\t", '","'])
def test_headers_in_one_cell_are_named_as_such(between: str) -> None:
    with pytest.raises(WorkbookRefused) as refused:
        column_places("export.xlsx", ORDERS, ["", between.join(HEADERS)])
    assert refused.value.code == "MISSING_COLUMN"
    assert "the headers stand in one cell, B1: divide the column" in str(refused.value)


@pytest.mark.parametrize("other", ["Of_Ids", "Id", "Zulmira Plantada", ""])
def test_another_name_is_not_shown(other: str) -> None:
    assert near_misses(["Of_Id"], [other]) == []


LONG = "Æ" * 32_000
FEW_S = 10
"""Most seconds of CPU of a search; without a bound each of these takes minutes."""


@pytest.mark.parametrize("headers", [[LONG] * 2_000, ["Ção_" * 25] * 200_000], ids=["long", "many"])
def test_the_search_for_headers_is_bounded(headers: list[str]) -> None:
    began = time.process_time()
    with pytest.raises(WorkbookRefused, match=r"no column Of_Id: there is 'Of_Id ' with a blank at its end: name it"):
        column_places("export.xlsx", ORDERS, ["Of_Id ", *HEADERS[1:], *headers], [(2, headers), (3, headers)])
    assert time.process_time() - began < FEW_S


def test_a_header_nearly_right_is_named_behind_very_long_ones() -> None:
    with pytest.raises(WorkbookRefused, match="there is 'Of_Id ' with a blank at its end"):
        column_places("export.xlsx", ORDERS, [LONG, *HEADERS[1:], LONG, "Of_Id "])


def test_unknown_headers_are_reported_shortened() -> None:
    (header,) = extra_columns(ORDERS, [*HEADERS, LONG, ""])
    assert len(header) < 100


@pytest.mark.parametrize("row", [2, 3, 15])
@pytest.mark.parametrize("title", [["Ordens de fabrico"], [""], []])
def test_headers_further_down_are_found(row: int, title: list[str]) -> None:
    with pytest.raises(WorkbookRefused) as refused:
        column_places("export.xlsx", ORDERS, title, [(row, HEADERS), (row + 1, [1.0, 2.0])])
    assert refused.value.code == "MISSING_HEADER"
    assert f"the headers stand in row {row}" in str(refused.value)


def test_headers_in_row_one_are_not_looked_for_elsewhere() -> None:
    assert column_places("export.xlsx", ORDERS, HEADERS, [(9, HEADERS)]) == list(range(len(HEADERS)))


def test_a_header_that_stands_twice_is_told_with_its_columns() -> None:
    last = column_letters(len(HEADERS) + 1)
    with pytest.raises(WorkbookRefused, match=f"Of_Id stands in the columns A and {last}") as refused:
        column_places("export.xlsx", ORDERS, [*HEADERS, "Of_Id"])
    assert refused.value.code == "DUPLICATE_COLUMN"


@pytest.mark.parametrize(("place", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (16383, "XFD")])
def test_columns_are_named_as_excel_names_them(place: int, letters: str) -> None:
    assert column_letters(place + 1) == letters
    assert column_number(letters) == place + 1
