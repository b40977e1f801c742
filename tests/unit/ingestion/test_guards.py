"""Guards that keep a reconciled run from being published, and the option that lets it pass."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract import SHEETS
from app.contract.sheet_counts import SheetCounts
from app.ingestion.errors import (
    EmptyRefused,
    ImplausibleRefused,
    OlderRefused,
    RejectsRefused,
    RunRefused,
    ShrinkRefused,
)
from app.ingestion.guards import Judged, Loss, losses, refusal_of
from app.ingestion.options import NOTHING_ALLOWED, Allowed
from app.ingestion.sheets.comparison import Emptied
from app.ingestion.sheets.corrections import Corrected
from app.ingestion.sheets.ended_work import EndedWork
from app.ingestion.sheets.refused_rows import Refused
from app.ingestion.sheets.rewriting import Rewritten
from app.workbook.judging.column_faults import ColumnFault
from app.workbook.judging.reject_limits import SheetRejects
from app.workbook.judging.reject_sentences import reject_sentences
from app.workbook.judging.repeated_events import Repeated

NOON = dt.datetime(2025, 12, 11, 12)
FAULT_OF_PHASES = ColumnFault("FaseOf_Inicio", "INVALID_TYPE", 95, 57, "45067 is a number, not a date", "number")
FAULT = ColumnFault("Of_DataCriacao", "INVALID_TYPE", 9, 57, "45067 is a number, not a date", "number")


def counts(sheet: str = "OrdensFabrico", rows: int = 100, live: int = 0, deleted: int = 0) -> SheetCounts:
    kept = live - deleted
    return SheetCounts(sheet, rows, rows, rows, 0, rows - kept, 0, kept, deleted, live_rows=live)


def refused(rows: int, faulty: int, live_keys: int = 0) -> Refused:
    fault = replace(FAULT, cells=faulty)
    rejects = SheetRejects(
        "OrdensFabrico", rows, {"INVALID_TYPE": faulty}, columns=(fault,), sound_values={fault.header: rows - faulty}
    )
    return Refused(rejects, live_keys)


def run(*sheets: SheetCounts, **more: Any) -> Judged:
    return Judged(sheets or (counts(),), **more)


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


ORDERS, PHASES = "OrdensFabrico", "FasesOrdemFabrico"
LATER = NOON + dt.timedelta(1)
TO_FORMAT = "45067 is a number, not a date; {} of {} rows; format the column as a date and export again"
OF_ORDERS = f"OrdensFabrico: 40 of 95 rows are refused: Of_DataCriacao, row 57: {TO_FORMAT.format(40, 95)}"
OF_A_TENTH = f"OrdensFabrico: 90 of 1,000 rows are refused: Of_DataCriacao, row 57: {TO_FORMAT.format(90, '1,000')}"
DIFFERS = "row 2: 2025-12-11 12:00 in the live run, 2025-12-12 12:00 now; 95 of 95 values differ"
TWICE = (
    "OrdemFabricoErros: 24 of 24 different rows stand there more than once (rows 2 and 26 are the same), and each would"
    " count as an event of its own"
)
SHRUNK = "More than 10 % of a live table would disappear: "
COMPLETE = "Check that the export is complete, or pass --allow-shrink if it is meant."
PLAUSIBLE = (
    " Check its columns, dates and units, and that it is this factory's, or pass --allow-implausible if it is meant."
)
NEWEST = (
    " Take the newest export, or pass --allow-older if it is meant; an earlier run that is still kept comes back by"
    " `python3 -m app publish RUN`."
)
OF_PHASES = Refused(SheetRejects(PHASES, 95, {"INVALID_TYPE": 95}, columns=(FAULT_OF_PHASES,)))


def changed(*headers: str, altered: int = 95, lost: int = 0) -> list[Rewritten]:
    return [Rewritten(ORDERS, header, 95, altered, lost, 2, NOON, LATER) for header in headers]


SENTENCES: dict[str, tuple[Judged, str]] = {
    "rejects of two sheets": (
        run(refused={ORDERS: refused(95, 40), PHASES: OF_PHASES, "Fases": refused(1_000, 11)}),
        f"Too many rows are refused: {OF_ORDERS}. FasesOrdemFabrico: FaseOf_Inicio, row 57:"
        f" {TO_FORMAT.format(95, 95)}. Each of them is in rejected_rows.xlsx (beyond 50,000, in rejected_rows.csv)."
        " Mend the export, or pass --allow-rejects if the factory can do without them.",
    ),
    "two empty sheets": (
        run(counts(rows=0), counts("Fases", rows=0), referencing={"Fases": 1_000}),
        "Sheet OrdensFabrico has no rows, so there is no order. Sheet Fases has no rows, though 1,000 rows of other"
        " sheets refer to it. Check that the export is complete, or pass --allow-empty if it is meant.",
    ),
    "two shrunk sheets": (
        run(counts(live=2_000, deleted=1_500), counts("Fases", live=200, deleted=30)),
        f"{SHRUNK}OrdensFabrico would lose 1,500 of 2,000 keys; Fases would lose 30 of 200 keys. {COMPLETE}",
    ),
    "a loss that refused rows explain": (
        run(counts(rows=1_000, live=200, deleted=30), refused={ORDERS: refused(1_000, 90, live_keys=40)}),
        f"{SHRUNK}OrdensFabrico would lose 30 of 200 keys, 0 absent from the workbook and 30 in refused rows"
        f" ({OF_A_TENTH}). Mend the refused rows and export again, or pass --allow-rejects if the factory can do"
        " without them.",
    ),
    "refused rows that explain no loss": (
        run(counts(rows=1_000, live=200, deleted=30), refused={ORDERS: refused(1_000, 90)}),
        f"{SHRUNK}OrdensFabrico would lose 30 of 200 keys. {COMPLETE}",
    ),
    "a column without values beside a loss that refused rows explain": (
        run(
            counts(rows=1_000, live=200, deleted=30),
            refused={ORDERS: refused(1_000, 90, live_keys=30)},
            emptied_columns=[Emptied(ORDERS, "Of_DataAcabamento", 0, 9)],
            ended_work=[EndedWork(PHASES, "FaseOf_Fim", 0, 20)],
        ),
        f"{SHRUNK}OrdensFabrico would lose 30 of 200 keys, 0 absent from the workbook and 30 in refused rows"
        f" ({OF_A_TENTH}); no row has a value in OrdensFabrico.Of_DataAcabamento, which has 9 in the live run; no row"
        f" of FasesOrdemFabrico without FaseOf_Fim, in the live run 20. {COMPLETE}",
    ),
    "older": (
        run(as_of=NOON - dt.timedelta(minutes=1), live_as_of=NOON),
        "The export is older than the live run: it ends at 2025-12-11 11:59, the live run at 2025-12-11 12:00."
        + NEWEST,
    ),
    "without any event": (
        run(live_as_of=NOON),
        "The export is older than the live run: it has no event at all, the live run at 2025-12-11 12:00." + NEWEST,
    ),
    "a sheet twice and one column changed": (
        run(repeated=[Repeated("OrdemFabricoErros", 24, 24, (2, 26))], rewritten=changed("Of_DataCriacao")),
        f"The export is not plausible: {TWICE}. OrdensFabrico, Of_DataCriacao, {DIFFERS}.{PLAUSIBLE}",
    ),
    "four columns changed": (
        run(rewritten=changed("Of_DataCriacao", "Of_DataAcabamento", "Of_DataTransporte", "Of_ProdutoId")),
        f"The export is not plausible: OrdensFabrico, Of_DataCriacao, {DIFFERS} (as in OrdensFabrico.Of_DataAcabamento,"
        f" OrdensFabrico.Of_DataTransporte, OrdensFabrico.Of_ProdutoId).{PLAUSIBLE}",
    ),
    "five columns changed": (
        run(rewritten=changed("Of_DataCriacao", *["Of_DataAcabamento"] * 4)),
        f"The export is not plausible: OrdensFabrico, Of_DataCriacao, {DIFFERS} (as in OrdensFabrico.Of_DataAcabamento,"
        f" OrdensFabrico.Of_DataAcabamento, OrdensFabrico.Of_DataAcabamento and 1 more).{PLAUSIBLE}",
    ),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_a_refusal_says_what_is_wrong_and_what_to_do(name: str) -> None:
    judged, sentence = SENTENCES[name]
    assert str(refusal_of(judged, NOTHING_ALLOWED)) == sentence


@pytest.mark.parametrize("altered", [0, 95])
def test_a_column_that_lost_its_values_is_told_once_unless_others_were_put_in(altered: int) -> None:
    judged = run(
        emptied_columns=[Emptied(ORDERS, "Of_DataCriacao", 0, 95)],
        rewritten=changed("Of_DataCriacao", altered=altered, lost=95 - altered),
    )
    told = refusal_of(judged, Allowed(shrink=True))
    assert (told is None) is (altered == 0)
    judged = replace(judged, rewritten=[*judged.rewritten, *changed("Of_DataAcabamento", altered=0, lost=95)])
    named = str(refusal_of(judged, Allowed(shrink=True)))
    assert ("Of_DataCriacao" in named, "Of_DataAcabamento" in named) == (altered == 95, True)


def test_truncated_orders_are_a_loss_of_which_allowed_rejects_are_no_part() -> None:
    """Orphans of absent orders: with --allow-rejects their keys are no loss of their own."""
    orphans = SheetRejects(PHASES, 190, {"ORPHAN_PARENT": 100}, parents=95, orphaned_parents=50)
    truncated = run(
        counts(rows=45, live=95, deleted=50),
        counts(PHASES, rows=190, live=190, deleted=100),
        refused={PHASES: Refused(orphans, 100)},
    )
    assert PHASES in str(refusal_of(truncated, NOTHING_ALLOWED))
    allowed = str(refusal_of(truncated, Allowed(rejects=True)))
    assert allowed == f"{SHRUNK}OrdensFabrico would lose 50 of 95 keys. {COMPLETE}"


def test_loss_of_a_sheet_names_no_reason_without_a_lost_key() -> None:
    assert Loss.of(counts(live=200, deleted=30), refused(1_000, 90)) == Loss(ORDERS, 200, 30, 0, "")
    assert Loss.of(counts(live=200, deleted=30), None) == Loss(ORDERS, 200, 30, 0, "")
    assert Loss.of(counts(live=200), refused(1_000, 90, live_keys=30)) == Loss(ORDERS, 200, 0, 0, "")
    assert Loss.of(counts(live=200, deleted=30), refused(1_000, 90, live_keys=20)) == Loss(
        ORDERS, 200, 10, 20, OF_A_TENTH
    )


def test_loss_names_each_column_that_spoilt_its_rows() -> None:
    faults = (FAULT, replace(FAULT, header="Of_DataAcabamento"))
    rejects = SheetRejects(ORDERS, 200, {"INVALID_TYPE": 200}, columns=faults)
    (first, second) = reject_sentences(rejects)
    assert Loss.of(counts(live=200, deleted=30), Refused(rejects, 20)).why == f"{first}; {second}"


def test_loss_leaves_out_archived_rows_while_few_orders_are_gone_and_corrected_rows() -> None:
    events = counts("OrdemFabricoErros", rows=80, live=100, deleted=30)
    corrected = Corrected("OrdemFabricoErros", 100, 10, 4, 7)
    for gone, lost in ((10, 8), (11, 20)):
        judged = run(
            counts(rows=100 - gone, live=100, deleted=gone),
            events,
            archived={events.sheet: 12},
            corrected={events.sheet: corrected},
        )
        assert losses(judged)[1] == Loss("OrdemFabricoErros", 100, lost, 0, "")
