"""Limits of refused rows as a pure function over counts, and their sentences."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract import SHEET_BY_NAME
from app.workbook.cells import CellFault, type_cell
from app.workbook.judging.column_faults import ColumnFault, tally
from app.workbook.judging.reject_limits import COUNTED, Level, SheetRejects, level_of
from app.workbook.judging.reject_sentences import fault_sentence, reject_sentences

ORDERS, PHASES = "OrdensFabrico", "FasesOrdemFabrico"


def number_for_a_date(cells: int, excel_row: int = 2, header: str = "Of_DataCriacao") -> ColumnFault:
    return ColumnFault(header, "INVALID_TYPE", cells, excel_row, "45067 is a number, not a date", "number")


def orders(rows: int, faulty: int, sound: int | None = None, **more: Any) -> SheetRejects:
    fault = number_for_a_date(faulty)
    kept = rows - faulty if sound is None else sound
    return SheetRejects(
        ORDERS, rows, {"INVALID_TYPE": faulty}, columns=(fault,), sound_values={fault.header: kept}, **more
    )


@given(rows=st.integers(1, 5_000), share=st.integers(0, 5_000), code=st.sampled_from(COUNTED))
def test_a_tenth_is_the_limit_and_a_hundredth_the_warning(rows: int, share: int, code: str) -> None:
    refused = min(rows, share)
    expected = Level.REFUSED if refused > rows / 10 else Level.WARNED if refused > rows / 100 else Level.FINE
    assert level_of(SheetRejects(ORDERS, rows, {code: refused})) is expected


@given(rows=st.integers(1, 5_000), repeats=st.integers(0, 5_000))
def test_identical_repeats_never_count(rows: int, repeats: int) -> None:
    assert level_of(SheetRejects(ORDERS, rows + repeats, {"DUPLICATE_ROW": repeats})) is Level.FINE


@given(kept=st.integers(1, 5_000), conflicts=st.integers(0, 15_000), repeats=st.integers(0, 5_000))
def test_conflicting_keys_refuse_only_where_most_distinct_rows_go(kept: int, conflicts: int, repeats: int) -> None:
    codes = {"CONFLICTING_KEY": conflicts, "DUPLICATE_ROW": repeats}
    rows = kept + conflicts + repeats
    expected = Level.REFUSED if conflicts > kept else Level.WARNED if conflicts > rows / 100 else Level.FINE
    assert level_of(SheetRejects("FuncionariosFasesAptos", rows, codes)) is expected


@given(keys=st.integers(1, 5_000), conflicting=st.integers(0, 5_000), faulty=st.integers(0, 500))
def test_versions_refuse_only_where_most_keys_have_several(keys: int, conflicting: int, faulty: int) -> None:
    conflicting = min(keys, conflicting)
    faulty = min(faulty, keys // 10)
    rejects = SheetRejects(
        "Funcionarios", keys + conflicting + faulty, {"CONFLICTING_KEY": conflicting, "INVALID_TYPE": faulty},
        conflicting_keys=conflicting,
    )  # fmt: skip
    assert (level_of(rejects) is Level.REFUSED) is (conflicting * 2 > keys)


def test_conflicts_name_the_commonest_key() -> None:
    rejects = SheetRejects(
        "Funcionarios", 12, {"CONFLICTING_KEY": 11}, {"CONFLICTING_KEY": 2},
        conflicting_keys=2, conflicting_key="Funcionario_Id 1", conflicting_key_rows=10,
    )  # fmt: skip
    assert reject_sentences(rejects) == [
        "Funcionarios: 11 of 12 rows are refused: 11 rows, from row 2, for a key that another row has with other"
        " content (Funcionario_Id 1: 10 rows); 2 keys have several versions"
    ]


@pytest.mark.parametrize(
    ("rejects", "expected"),
    [
        (SheetRejects("Funcionarios", 902, {"DUPLICATE_ROW": 601}), Level.FINE),
        (SheetRejects("FuncionariosFasesAptos", 902, {"CONFLICTING_KEY": 8}), Level.FINE),
        (orders(20, 3), Level.REFUSED),
        (orders(95, 40), Level.REFUSED),
        (orders(20, 2), Level.WARNED),
        (orders(1, 1), Level.REFUSED),
        (orders(1_000, 3, sound=0), Level.REFUSED),
        (orders(1_000, 1, sound=0), Level.FINE),
        (orders(1_000, 0), Level.FINE),
        (orders(1_000, 5, inserted=40, new_refused=5), Level.WARNED),
        (orders(1_000, 5, inserted=45, new_refused=5), Level.FINE),
        (SheetRejects(PHASES, 1_000, {"ORPHAN_PARENT": 40}, parents=100, orphaned_parents=11), Level.REFUSED),
        (SheetRejects(PHASES, 1_000, {"ORPHAN_PARENT": 40}, parents=100, orphaned_parents=10), Level.WARNED),
        (SheetRejects(PHASES, 100, {"INVALID_TYPE": 5, "ORPHAN_PARENT": 6}), Level.REFUSED),
        (SheetRejects(PHASES, 0), Level.FINE),
    ],
)
def test_kinds_of_refusal(rejects: SheetRejects, expected: Level) -> None:
    assert level_of(rejects) is expected


@pytest.mark.parametrize(
    ("header", "cell", "told"),
    [
        ("Of_DataAcabamento", "null", "write NULL where it has no value"),
        ("Of_DataCriacao", "-", "give it its values"),
        ("Of_DataCriacao", dt.time(12), "give a time alone its day"),
        ("Of_DataCriacao", "06/05/2024", "Text to Columns"),
        ("Of_Id", 1.5, "correct the values"),
        ("Of_Id", "x", "turn the texts into numbers (in Excel: Data, Text to Columns)"),
        ("Of_Id", "17,4", "turn the texts into numbers"),
        ("Of_Id", dt.datetime(2024, 5, 6), "format the column as a number"),
        ("Of_Id", "Of_Id ", "the column's own header, not a whole number; 1 of 1 rows; delete the rows that repeat"),
        ("Of_DataCriacao", "Of_DataCriacao", "the column's own header, not a date; 1 of 1 rows; delete the rows"),
    ],
)
def test_the_advice_fits_what_was_found(header: str, cell: Any, told: str) -> None:
    column = SHEET_BY_NAME[ORDERS].column(header)
    fault = type_cell(column, cell)
    assert isinstance(fault, CellFault)
    assert told in fault_sentence(ORDERS, 1, ColumnFault.of(fault, 2))


def test_one_row_is_no_plural() -> None:
    rejects = SheetRejects(
        "Funcionarios", 12, {"CONFLICTING_KEY": 1}, {"CONFLICTING_KEY": 2},
        conflicting_keys=1, conflicting_key="Funcionario_Id 1", conflicting_key_rows=1,
    )  # fmt: skip
    assert "(Funcionario_Id 1: 1 row)" in reject_sentences(rejects)[0]


def test_a_column_of_the_wrong_kind_is_one_sentence() -> None:
    assert reject_sentences(orders(274, 274)) == [
        "OrdensFabrico: Of_DataCriacao, row 2: 45067 is a number, not a date; 274 of 274 rows;"
        " format the column as a date and export again"
    ]


def test_each_spoilt_column_has_its_sentence_and_nothing_else_is_told() -> None:
    faults = (number_for_a_date(10), number_for_a_date(4, 7, "Of_DataAcabamento"), number_for_a_date(1, 9, "Of_FaseId"))
    rejects = SheetRejects(ORDERS, 10, {"INVALID_TYPE": 10}, columns=faults, sound_values={"Of_FaseId": 9})
    assert [sentence.split(", ")[0].split(": ")[1] for sentence in reject_sentences(rejects)] == [
        "Of_DataCriacao",
        "Of_DataAcabamento",
    ]


@pytest.mark.parametrize(
    ("of_refused", "told"), [(80, "was refused ("), (0, "is not in the workbook ("), (30, "was refused (30) or is not")]
)
def test_orphans_say_where_their_orders_are(of_refused: int, told: str) -> None:
    rejects = SheetRejects(
        PHASES, 300, {"ORPHAN_PARENT": 80}, {"ORPHAN_PARENT": 12}, parents=95, orphaned_parents=40,
        orphans_of_refused=of_refused,
    )  # fmt: skip
    (sentence,) = reject_sentences(rejects)
    assert f"80 rows, from row 12, because their order {told}" in sentence
    assert "40 of 95 orders" in sentence


@given(st.lists(st.integers(2, 1_000), min_size=1, unique=True))
def test_a_tally_has_every_cell_and_the_first_row_whatever_the_order(excel_rows: list[int]) -> None:
    counted: dict[tuple[str, str], ColumnFault] = {}
    for row in excel_rows:
        tally(counted, ColumnFault("Of_Id", "NULL_KEY", 1, row, f"row {row}", "null"))
    (one,) = counted.values()
    assert (one.cells, one.excel_row, one.said) == (len(excel_rows), min(excel_rows), f"row {min(excel_rows)}")
