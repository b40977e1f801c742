"""Guards that keep a reconciled run from being published, and the option that lets it pass."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract import SHEETS
from app.ingestion.errors import (
    EmptyRefused,
    ImplausibleRefused,
    OlderRefused,
    RejectsRefused,
    RunRefused,
    ShrinkRefused,
)
from app.ingestion.guards import Judged, refusal_of
from app.ingestion.options import NOTHING_ALLOWED, Allowed
from app.ingestion.sheets.comparison import Emptied
from app.ingestion.sheets.refused_rows import Refused
from app.ingestion.sheets.rewriting import Rewritten
from app.workbook.judging.reject_limits import SheetRejects
from app.workbook.judging.repeated_events import Repeated
from tests.unit.ingestion.judged_runs import NOON, counts, refused, run


def test_a_sound_run_passes() -> None:
    assert refusal_of(run(as_of=NOON, live_as_of=NOON), NOTHING_ALLOWED) is None


@given(live=st.integers(0, 2000), deleted=st.integers(0, 2000))
def test_more_than_a_tenth_of_the_live_keys_is_a_shrink(live: int, deleted: int) -> None:
    deleted = min(live, deleted)
    found = refusal_of(run(counts(rows=5_000, live=live, deleted=deleted)), NOTHING_ALLOWED)
    assert isinstance(found, ShrinkRefused) == (deleted > live / 10)


CASES: dict[str, tuple[Judged, type[RunRefused], str]] = {
    "rejects": (run(refused={"OrdensFabrico": refused(95, 40)}), RejectsRefused, "rejects"),
    "no orders at first": (run(counts(rows=0)), EmptyRefused, "empty"),
    "a catalogue without rows": (
        run(counts(), counts("Fases", rows=0), referencing={"Fases": 100}),
        EmptyRefused,
        "empty",
    ),
    "absent keys": (run(counts(live=200, deleted=30)), ShrinkRefused, "shrink"),
    "keys in refused rows": (
        run(counts(rows=1_000, live=200, deleted=30), refused={"OrdensFabrico": refused(1_000, 90, live_keys=30)}),
        ShrinkRefused,
        "rejects",
    ),
    "a column without values": (
        run(emptied_columns=[Emptied("OrdensFabrico", "Of_DataAcabamento", 0, 9)]),
        ShrinkRefused,
        "shrink",
    ),
    "values changed": (
        run(rewritten=[Rewritten("OrdensFabrico", "Of_DataCriacao", 95, 95, 0, 2, NOON, NOON + dt.timedelta(1))]),
        ImplausibleRefused,
        "implausible",
    ),
    "a sheet twice": (
        run(repeated=[Repeated("OrdemFabricoErros", 24, 24, (2, 26))]),
        ImplausibleRefused,
        "implausible",
    ),
    "older": (run(as_of=NOON - dt.timedelta(seconds=1), live_as_of=NOON), OlderRefused, "older"),
    "without any event": (run(live_as_of=NOON), OlderRefused, "older"),
}


@pytest.mark.parametrize("name", CASES)
def test_each_guard_refuses_and_only_its_own_option_lets_it_pass(name: str) -> None:
    judged, error, option = CASES[name]
    for allowed in (one.name for one in fields(Allowed)):
        found = refusal_of(judged, Allowed(**{allowed: True}))
        lets_pass = allowed == option or (name == "keys in refused rows" and allowed == "shrink")
        assert type(found) is (type(None) if lets_pass else error), allowed
    found = refusal_of(judged, NOTHING_ALLOWED)
    assert f"--allow-{option}" in str(found)
    assert (type(found), found.exit_code if found else None) == (error, 3)


def test_rejects_that_explain_a_loss_are_named_and_shrink_is_not_suggested() -> None:
    judged = run(counts(rows=1_000, live=200, deleted=30), refused={"OrdensFabrico": refused(1_000, 90, live_keys=30)})
    told = str(refusal_of(judged, NOTHING_ALLOWED))
    assert "30 of 200 keys, 0 absent from the workbook and 30 in refused rows" in told
    assert "Of_DataCriacao, row 57: 45067 is a number" in told
    assert "--allow-shrink" not in told


def test_a_loss_of_both_kinds_tells_them_apart() -> None:
    judged = run(counts(rows=1_000, live=200, deleted=50), refused={"OrdensFabrico": refused(1_000, 90, live_keys=20)})
    told = str(refusal_of(judged, NOTHING_ALLOWED))
    assert "50 of 200 keys, 30 absent from the workbook and 20 in refused rows" in told
    assert "--allow-shrink" in told


@pytest.mark.parametrize(("held", "code"), [(0, "SHRINK_REFUSED"), (40, "REJECTS_REFUSED")])
def test_orphans_of_absent_orders_follow_from_the_loss_and_faulty_rows_do_not(held: int, code: str) -> None:
    orphans = SheetRejects("FasesOrdemFabrico", 190, {"ORPHAN_PARENT": 100}, parents=95, orphaned_parents=50)
    truncated = run(
        counts(rows=45, live=95, deleted=50),
        counts("FasesOrdemFabrico", rows=190, live=190, deleted=100),
        refused={"FasesOrdemFabrico": Refused(orphans, 100), "OrdensFabrico": refused(95, held)},
    )
    found = refusal_of(truncated, NOTHING_ALLOWED)
    assert found is not None
    assert found.code == code


def test_a_sheet_that_was_empty_before_may_stay_so() -> None:
    assert refusal_of(run(counts("Fases", rows=0), referencing={}), NOTHING_ALLOWED) is None


@pytest.mark.parametrize(
    ("altered", "lost", "code"), [(95, 0, "IMPLAUSIBLE_REFUSED"), (0, 95, "OLDER_REFUSED"), (20, 75, "OLDER_REFUSED")]
)
def test_values_that_are_not_there_yet_are_of_an_older_export_and_other_values_are_not(
    altered: int, lost: int, code: str
) -> None:
    column = Rewritten("OrdensFabrico", "Of_DataAcabamento", 95, altered, lost, 2, NOON, None)
    found = refusal_of(run(rewritten=[column], as_of=NOON - dt.timedelta(9), live_as_of=NOON), NOTHING_ALLOWED)
    assert found is not None
    assert found.code == code


def test_many_changed_columns_are_one_short_sentence() -> None:
    headers = [column.header for column in SHEETS[1].columns if column.header not in SHEETS[1].key]
    changed = [Rewritten(SHEETS[1].name, header, 95, 95, 0, 2, NOON, None) for header in headers]
    told = str(refusal_of(run(rewritten=changed), NOTHING_ALLOWED))
    assert "FasesOrdemFabrico.FaseOf_DataPrevista and 7 more)" in told
    assert len(told) < 420
