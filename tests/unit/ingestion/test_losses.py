"""Losses that no count of rows or values shows: what refuses a run, and what does not."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import fields

import pytest

from app.ingestion.errors import ImplausibleRefused, OlderRefused, RunRefused, ShrinkRefused
from app.ingestion.guards import Judged, refusal_of
from app.ingestion.options import NOTHING_ALLOWED, Allowed
from app.ingestion.sheets.comparison import Emptied
from app.ingestion.sheets.lost_work import NEWEST, OPEN, LostWork
from app.ingestion.sheets.refused_rows import Refused
from app.ingestion.sheets.rewriting import Rewritten
from app.ingestion.sheets.uniformity import Uniform
from app.languages.sentences import in_portuguese
from app.workbook.judging.column_faults import ColumnFault
from app.workbook.judging.reject_limits import SheetRejects

ORDERS = "OrdensFabrico"
NOON = dt.datetime(2025, 12, 11, 12)
LATER = NOON + dt.timedelta(1)


@pytest.mark.parametrize(
    ("judged", "error", "option"),
    [
        (Judged((), lost_work=[LostWork(ORDERS, OPEN, 60, 7)]), ShrinkRefused, "shrink"),
        (
            Judged((), emptied_columns=[Emptied(ORDERS, "Of_DataTransporte", 0, 20, "Of_DataAcabamento")]),
            ShrinkRefused,
            "shrink",
        ),
        (
            Judged((), uniform=[Uniform("OrdemFabricoErros", "OFCH_GRAVIDADE", 1, 95, 0, 20)]),
            ImplausibleRefused,
            "implausible",
        ),
    ],
)
def test_each_loss_is_refused_and_its_own_option_alone_lets_it_pass(
    judged: Judged, error: type[RunRefused], option: str
) -> None:
    for allowed in (one.name for one in fields(Allowed)):
        found = refusal_of(judged, Allowed(**{allowed: True}))
        assert type(found) is (type(None) if allowed == option else error)
    assert f"--allow-{option}" in str(refusal_of(judged, NOTHING_ALLOWED))


@pytest.mark.parametrize(
    "judged",
    [
        Judged((), lost_work=[LostWork("OrdensFabrico", OPEN, 60, 6), LostWork("OrdensFabrico", NEWEST, 20, 20)]),
        Judged((), lost_work=[LostWork("OrdensFabrico", OPEN, 19, 19)]),
        Judged((), uniform=[Uniform("OrdensFabrico", "Of_FaseId", 5, 95, 0, 95, "Of_DataAcabamento")]),
        Judged((), uniform=[Uniform("Fases", "Fase_Automatica", False, 71, 0, 19)]),
    ],
)
def test_a_change_that_a_warning_tells_of_is_no_refusal(judged: Judged) -> None:
    assert refusal_of(judged, NOTHING_ALLOWED) is None


def test_work_that_an_older_export_lacks_is_no_loss() -> None:
    judged = Judged((), lost_work=[LostWork(ORDERS, OPEN, 60, 30)], as_of=NOON, live_as_of=LATER)
    assert isinstance(refusal_of(judged, NOTHING_ALLOWED), OlderRefused)
    assert refusal_of(judged, Allowed(older=True)) is None


def test_one_value_in_a_column_is_told_before_the_age_and_only_once() -> None:
    one_value = Uniform(ORDERS, "Of_ProdutoId", 101, 400, 3, 370)
    told = str(refusal_of(Judged((), uniform=[one_value], as_of=NOON, live_as_of=LATER), NOTHING_ALLOWED))
    assert "OrdensFabrico, Of_ProdutoId: 101 in 397 of 400 rows, in the live run 370 rows had" in told
    told = str(
        refusal_of(
            Judged((), uniform=[one_value], rewritten=[Rewritten(ORDERS, "Of_ProdutoId", 95, 95, 0, 2, 1, 2)]),
            NOTHING_ALLOWED,
        )
    )
    assert "101 in" not in told


@pytest.mark.parametrize(("faulty", "told"), [(40, True), (0, False)])
def test_refused_rows_that_may_be_the_newest_are_told_as_the_cause_of_an_age(faulty: int, told: bool) -> None:
    fault = ColumnFault("Of_DataCriacao", "INVALID_TYPE", faulty, 362, "45473 is a number, not a date", "number")
    rejects = SheetRejects(ORDERS, 400, {"INVALID_TYPE": faulty}, columns=(fault,), sound_values={fault.header: 360})
    found = refusal_of(Judged((), refused={ORDERS: Refused(rejects)}, as_of=NOON, live_as_of=LATER), NOTHING_ALLOWED)
    assert isinstance(found, OlderRefused)
    assert ("refused ones (OrdensFabrico: 40 of 400 rows are refused: Of_DataCriacao, row 362" in str(found)) is told
    assert ("Take the newest export" in str(found)) is not told
    assert "--allow-older" in str(found)


@pytest.mark.parametrize(
    "sentence",
    [
        LostWork(ORDERS, OPEN, 60, 7).sentence,
        LostWork(ORDERS, NEWEST, 20, 11).sentence,
        Uniform(ORDERS, "Of_FaseId", 5, 400, 3, 370, "Of_DataAcabamento").sentence,
        Uniform("Funcionarios", "Funcionario_Nome", "x", 400, 3, 370).sentence,
        Emptied(ORDERS, "Of_DataTransporte", 0, 20, "Of_DataAcabamento").sentence,
        Emptied(ORDERS, "Of_DataTransporte", 1, 20, "Of_DataAcabamento").sentence,
    ],
)
def test_each_loss_is_said_in_portuguese(sentence: str) -> None:
    said = in_portuguese(sentence)
    assert re.findall(r"\b(?:the|of|in|rows?|would|has|had|one)\b", said) == [], said
    assert sorted(re.findall(r"\d+", said)) == sorted(re.findall(r"\d+", sentence))
