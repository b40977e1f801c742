"""Values that differ from the live run's, and events that are repeated: how many are too many."""

from __future__ import annotations

import pytest

from app.contract import SHEET_BY_NAME, SHEETS
from app.ingestion.sheets.rewriting import FEW_OF_A_SAMPLE, Rewritten, _may_be_noticed, is_rewritten
from app.workbook.judging.repeated_events import are_repeated


def test_no_name_is_told_of_a_changed_value() -> None:
    told = Rewritten("Funcionarios", "Funcionario_Nome", 99, 99, 0, 2, "Zulmira Plantada", "Ximena Regada").sentence
    assert "Plantada" not in told
    assert "Regada" not in told
    assert "row 2: a name in the live run, another now; 99 of 99" in told


@pytest.mark.parametrize(
    ("header", "settled", "most"), [("Of_DataCriacao", 100, 25), ("Of_ProdutoId", 100, 50), ("Of_ProdutoId", 19, 19)]
)
def test_more_changed_values_than_a_truthful_export_has_are_too_many(header: str, settled: int, most: int) -> None:
    column = SHEETS[0].column(header)
    assert not is_rewritten(column, settled, most)
    assert is_rewritten(column, settled, most + 1) is (settled > most)


@pytest.mark.parametrize(("contents", "most"), [(20, 10), (101, 50), (19, 19)])
def test_events_of_which_most_are_repeated_are_of_a_doubled_sheet(contents: int, most: int) -> None:
    assert not are_repeated(contents, most)
    assert are_repeated(contents, most + 1) is (contents > most)


@pytest.mark.parametrize(("settled", "changed", "may_be"), [(0, 0, True), (1, 0, True), (FEW_OF_A_SAMPLE, 0, False)])
def test_a_small_sample_without_a_change_clears_no_column(settled: int, changed: int, may_be: bool) -> None:
    """A sample of one in sixteen may hold none of 25 settled values that changed."""
    sheet = SHEET_BY_NAME["FasesOrdemFabrico"]
    assert _may_be_noticed(sheet, sheet.column("FaseOf_Peso"), settled, changed) is may_be
