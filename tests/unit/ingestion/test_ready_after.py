"""A statement over partitions is asked once the sheets that it names are merged, and of the run's own partitions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ingestion.reports.data_quality import STATEMENTS
from app.ingestion.reports.issues import ROW_ISSUES
from app.ingestion.tables.names import RunTables
from app.ingestion.tables.order import INGESTION_ORDER
from app.ingestion.tables.ready_after import bound, reads_aggregates, ready_after


@pytest.mark.parametrize(
    ("statement", "sheet"),
    [
        ("SELECT FROM {Fases}", "Fases"),
        ("SELECT FROM {Fases} JOIN {OrdensFabrico} USING (phase_id)", "Fases"),
        ("SELECT :as_of FROM {Fases}", "FasesOrdemFabrico"),
        ("SELECT FROM {OrdemFabricoErros} JOIN {OrdensFabrico} USING (work_order_id)", "OrdemFabricoErros"),
    ],
)
def test_a_statement_is_due_with_the_last_sheet_that_it_needs(statement: str, sheet: str) -> None:
    assert ready_after(statement) == sheet


def test_statements_on_other_aggregates_are_known() -> None:
    assert reads_aggregates("SELECT FROM {Fases} JOIN {phase_rates} USING (phase_id)")
    assert not reads_aggregates("SELECT FROM {Fases} WHERE a = :as_of")


@given(st.lists(st.sampled_from(INGESTION_ORDER), min_size=1))
def test_nothing_is_due_before_any_sheet_that_it_names(sheets: list) -> None:  # type: ignore[type-arg]
    statement = "SELECT FROM " + ", ".join(f"{{{sheet.name}}}" for sheet in sheets)
    due = [sheet.name for sheet in INGESTION_ORDER].index(ready_after(statement))
    assert due == max(map(INGESTION_ORDER.index, sheets))


def test_a_statement_asks_the_runs_own_partitions() -> None:
    text = bound("SELECT FROM {Fases}, {Modelos} WHERE a = :as_of", RunTables(7)).text
    assert text == "SELECT FROM core.phases_r7, core.products_r7 WHERE a = :as_of"


def test_every_issue_is_counted_once() -> None:
    counted = [issue for issues, _ in STATEMENTS for issue in issues]
    assert len(counted) == len(set(counted))
    assert set(ROW_ISSUES) <= set(counted)
