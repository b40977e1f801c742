"""Warnings with which a run is published, and the most rows that a plant had before."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from app.contract import SHEET_BY_NAME
from app.contract.quality_issues import COMPLETED_BEFORE_CREATED, WARNINGS
from app.contract.sheet_counts import SheetCounts
from app.ingestion.guards import Judged, refusal_of
from app.ingestion.options import NOTHING_ALLOWED
from app.ingestion.run_warnings import warnings_of
from app.ingestion.runs.earlier_counts import MostRows, Recorded, most_rows
from app.ingestion.sheets.ageing import Older
from app.ingestion.sheets.doubling import Doubled
from app.ingestion.sheets.ended_work import EndedWork
from app.ingestion.sheets.lost_work import NEWEST, OPEN, LostWork
from app.ingestion.sheets.refused_rows import Refused
from app.ingestion.sheets.rewriting import Rewritten, is_noticed
from app.ingestion.sheets.uniformity import Uniform
from app.workbook.judging.column_faults import ColumnFault
from app.workbook.judging.contradictions import Contradicting
from app.workbook.judging.future_stamps import FutureStamps
from app.workbook.judging.reject_limits import SheetRejects
from app.workbook.opc.export_time import AHEAD_OF_UTC

ORDERS, PHASES = "OrdensFabrico", "FasesOrdemFabrico"
NOON = dt.datetime(2025, 12, 11, 12)


def counts(sheet: str, rows: int) -> SheetCounts:
    return SheetCounts(sheet, rows, rows, rows, 0, 0, 0, rows, 0, live_rows=rows)


def refused(sheet: str, rows: int, faulty: int) -> Refused:
    fault = ColumnFault("Of_DataCriacao", "INVALID_TYPE", faulty, 57, "45067 is a number, not a date", "number")
    sound = {fault.header: rows - faulty}
    return Refused(SheetRejects(sheet, rows, {"INVALID_TYPE": faulty}, columns=(fault,), sound_values=sound))


def changed(header: str, settled: int, altered: int, lost: int = 0) -> Rewritten:
    return Rewritten(PHASES, header, settled, altered, lost, 2, 1.5, 90.5)


FEW_OPEN = EndedWork(ORDERS, "Of_DataAcabamento", 3, 60, "an earlier run")
WARNED: dict[str, tuple[dict[str, Any], int, str]] = {
    "ROWS_REFUSED": ({"refused": {ORDERS: refused(ORDERS, 1_000, 11)}}, 11, "11 of 1,000 rows are refused"),
    "VALUES_CHANGED": (
        {"rewritten": [changed("FaseOf_Coeficiente", 100, 6), changed("FaseOf_Peso", 90, 9, 9)]},
        18,
        "FaseOf_Peso, row 2: 1.5 in the live run, 90.5 now; 18 of 90 values differ"
        " (as in FasesOrdemFabrico.FaseOf_Coeficiente)",
    ),
    "ROWS_DOUBLED": ({"doubled": [Doubled(ORDERS, 120, 100, is_first_load=False)]}, 100, "100 of 120 new rows"),
    "ROWS_MISSING": ({"most_rows": {ORDERS: MostRows(106, 7)}}, 6, "OrdensFabrico has 100 rows, in run 7 it had 106"),
    "OPEN_WORK_MISSING": ({"missing_open_work": [FEW_OPEN]}, 3, "3 rows of OrdensFabrico without Of_DataAcabamento"),
    "SHEET_OLDER": ({"older": [Older(PHASES, 9, "FasesOrdemFabrico ends at noon")]}, 9, "ends at noon"),
    "ROWS_CONTRADICT": (
        {"contradicting": [Contradicting(COMPLETED_BEFORE_CREATED, 30, 100)]},
        30,
        "OrdensFabrico: Of_DataAcabamento is before Of_DataCriacao in 30 of 100 rows",
    ),
    "STAMPS_IN_FUTURE": (
        {"future": [FutureStamps(ORDERS, NOON + AHEAD_OF_UTC, 100, 60, 50, NOON + dt.timedelta(days=700))]},
        60,
        "OrdensFabrico: 60 of 100 stamps lie in the future, the latest at 2027-11-11 12:00 (this machine's"
        " clock: 2025-12-11 12:00)",
    ),
}


@pytest.mark.parametrize("code", WARNINGS)
def test_each_warning_is_an_issue_of_its_sheet_and_refuses_nothing(code: str) -> None:
    given, rows, told = WARNED[code]
    run = Judged([counts(ORDERS, 100)], **given)
    (warning,) = warnings_of(run)
    assert (warning["code"], warning["row_count"]) == (code, rows)
    assert told in warning["detail"]
    assert refusal_of(run, NOTHING_ALLOWED) is None


@pytest.mark.parametrize(
    ("lost", "is_told"),
    [
        (LostWork(ORDERS, OPEN, 60, 6), True),
        (LostWork(ORDERS, OPEN, 100, 5), False),
        (LostWork(ORDERS, OPEN, 40, 4), False),
        (LostWork(ORDERS, OPEN, 60, 7), False),  # refused, unless it was allowed
        (LostWork(ORDERS, NEWEST, 20, 11), True),
        (LostWork(ORDERS, NEWEST, 20, 10), False),
        (LostWork(ORDERS, NEWEST, 19, 19), False),
    ],
)
def test_absent_work_is_a_warning_between_two_limits(lost: LostWork, is_told: bool) -> None:
    warnings = warnings_of(Judged([counts(ORDERS, 100)], lost_work=[lost], most_rows={PHASES: MostRows(106, 7)}))
    told = f"OrdensFabrico would lose {lost.absent} of the {lost.live_rows} {lost.kind} rows of the live run"
    assert [(one["code"], one["row_count"], one["detail"]) for one in warnings] == [
        ("ROWS_MISSING", lost.absent, told)
    ] * is_told


def test_everything_of_one_sheet_is_one_warning() -> None:
    uniform = Uniform(ORDERS, "Of_FaseId", 5, 57, 0, 56, "Of_DataAcabamento")
    run = Judged(
        [counts(ORDERS, 100)],
        uniform=[uniform],
        rewritten=[Rewritten(ORDERS, "Of_ProdutoId", 100, 9, 0, 2, 1, 2)],
        lost_work=[LostWork(ORDERS, OPEN, 60, 6)],
        most_rows={ORDERS: MostRows(110, 7)},
    )
    changed, missing = warnings_of(run)
    assert (changed["code"], changed["row_count"]) == ("VALUES_CHANGED", 56)
    assert changed["detail"].endswith(
        "9 of 100 values differ. OrdensFabrico, Of_FaseId: 5 in 57 of 57 rows without Of_DataAcabamento, in the live"
        " run 56 rows had another value than the commonest"
    )
    assert (missing["code"], missing["row_count"]) == ("ROWS_MISSING", 10)
    assert missing["detail"].count(". ") == 1


def test_a_loss_that_somebody_allowed_is_no_warning_in_its_own_run() -> None:
    archived = SheetCounts(ORDERS, 60, 60, 60, 0, 0, 0, 60, deleted=40, live_rows=100)
    most = {ORDERS: MostRows(100, 7)}
    assert warnings_of(Judged([archived], most_rows=most)) == ()
    fewer = SheetCounts(ORDERS, 90, 90, 90, 0, 0, 0, 90, deleted=10, live_rows=100)
    assert [one["code"] for one in warnings_of(Judged([fewer], most_rows=most))] == ["ROWS_MISSING"]


def test_archived_rows_are_named_beside_the_missing_ones() -> None:
    run = Judged([counts(PHASES, 100)], archived={PHASES: 8}, most_rows={PHASES: MostRows(120, 7, archived=4)})
    (warning,) = warnings_of(run)
    assert (warning["code"], warning["row_count"]) == ("ROWS_MISSING", 8)
    told = "FasesOrdemFabrico has 100 rows, in run 7 it had 120, of which 12 have left with their finished work orders"
    assert warning["detail"] == told


@pytest.mark.parametrize(
    "given",
    [
        {"refused": {ORDERS: refused(ORDERS, 1_000, 10)}},
        {"most_rows": {ORDERS: MostRows(105, 7)}},
        {"most_rows": {ORDERS: MostRows(106, 7, archived=1)}},
        {"most_rows": {ORDERS: MostRows(106, 7)}, "refused": {ORDERS: refused(ORDERS, 1_000, 4)}},
    ],
)
def test_what_a_truthful_export_has_is_no_warning(given: dict[str, Any]) -> None:
    assert warnings_of(Judged([counts(ORDERS, 100)], **given)) == ()


def test_shifted_times_are_no_older_export_and_new_orders_without_phases_are() -> None:
    older = [Older(PHASES, 20, "no phase", is_incomplete=True), Older(PHASES, 9, "ends at noon")]
    for found, said in ((older[1:], []), (older, ["no phase"])):
        warnings = warnings_of(Judged((), older=found, rewritten=[changed("FaseOf_Inicio", 100, 20)]))
        assert [one["detail"] for one in warnings if one["code"] == "SHEET_OLDER"] == said


@pytest.mark.parametrize(
    ("sheet", "header", "settled", "most"),
    [
        (PHASES, "FaseOf_Peso", 1_000, 50),
        (PHASES, "FaseOf_Peso", 20, 4),
        (PHASES, "FaseOf_DataPrevista", 1_000, 100),
        ("Funcionarios", "Funcionario_Activo", 1_000, 100),
        (PHASES, "FaseOf_Peso", 19, 19),
    ],
)
def test_what_may_be_revised_is_noticed_later(sheet: str, header: str, settled: int, most: int) -> None:
    column = SHEET_BY_NAME[sheet].column(header)
    assert not is_noticed(SHEET_BY_NAME[sheet], column, settled, most)
    assert is_noticed(SHEET_BY_NAME[sheet], column, settled, most + 1) is (settled > most)


def test_nothing_open_is_said_as_such() -> None:
    assert EndedWork(ORDERS, "Of_DataAcabamento", 0, 0).sentence.endswith("without Of_DataAcabamento: nothing is open")


SLOWLY = [Recorded(4, 89, 93, 4), Recorded(3, 93, 96, 3), Recorded(2, 96, 100, 4), Recorded(1, 100, 0, 0)]
"""A few keys less in each run."""
ROLLED_BACK = [Recorded(3, 101, 100, 0), Recorded(2, 200, 100, 0), Recorded(1, 100, 0, 0)]
ALLOWED = [Recorded(3, 80, 80, 0), Recorded(2, 80, 100, 20), Recorded(1, 100, 0, 0)]
ARCHIVING = [Recorded(3, 82, 90, 4, 9), Recorded(2, 90, 100, 0, 12), Recorded(1, 100, 0, 0)]
"""Rows archived by each run, a few lost or new. The second run had 90, and 81 without those of the third."""


@pytest.mark.parametrize(
    ("recorded", "most"),
    [
        (SLOWLY, MostRows(100, 1)),
        (ROLLED_BACK, MostRows(101, 3)),
        (ALLOWED, MostRows(80, 3)),
        (ARCHIVING, MostRows(82, 3)),
        (ARCHIVING[1:], MostRows(90, 2)),
        ([Recorded(3, 76, 90, 5, 9), *ARCHIVING[1:]], MostRows(90, 2, archived=9)),
        ([], MostRows()),
    ],
)
def test_the_most_rows_are_of_runs_that_were_kept_and_of_no_loss_that_was_meant(
    recorded: list[Recorded], most: MostRows
) -> None:
    assert most_rows(recorded) == most
