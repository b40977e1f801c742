"""Sentences of the guards: what is lost or wrong, where, and what to do."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from app.ingestion.guards import Judged, Loss, losses, refusal_of
from app.ingestion.options import NOTHING_ALLOWED, Allowed
from app.ingestion.sheets.comparison import Emptied
from app.ingestion.sheets.corrections import Corrected
from app.ingestion.sheets.ended_work import EndedWork
from app.ingestion.sheets.refused_rows import Refused
from app.ingestion.sheets.rewriting import Rewritten
from app.workbook.judging.reject_limits import SheetRejects
from app.workbook.judging.reject_sentences import reject_sentences
from app.workbook.judging.repeated_events import Repeated
from tests.unit.ingestion.judged_runs import FAULT, FAULT_OF_PHASES, NOON, counts, refused, run

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
