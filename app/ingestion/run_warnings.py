"""Warnings with which a run is published: changes that a truthful export does not have, below the limits of the guards.

Pure. A warning is about a sheet, in the form of an issue: at most one of each code.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.contract.quality_issues import (
    FEWEST_CHANGED,
    MISSING_WARNED_ABOVE_PERCENT,
    NEWEST_ORDERS,
    OPEN_WORK_MISSING,
    PHASELESS_WARNED_ABOVE_PERCENT,
    ROWS_CONTRADICT,
    ROWS_DOUBLED,
    ROWS_MISSING,
    ROWS_REFUSED,
    SHEET_OLDER,
    STAMPS_IN_FUTURE,
    VALUES_CHANGED,
    RunWarning,
)
from app.ingestion.guards import Judged, losses, told_together
from app.ingestion.runs.earlier_counts import MEANT_LOSS_PERCENT, MostRows
from app.ingestion.sheets.archiving import ORDERS, PHASES
from app.workbook.judging.missing_rows import FEWEST_PHASES, is_at_limit
from app.workbook.judging.reject_limits import Level, exceeds, level_of
from app.workbook.judging.reject_sentences import reject_sentences

Warned = tuple[RunWarning, str, int, str]
"""Kind, sheet, number of rows, sentence."""


def warnings_of(run: Judged) -> tuple[dict[str, Any], ...]:
    """The warnings of a run, each as an issue's record."""
    found = {(sheet, kind.code): (rows, told) for kind, sheet, rows, told in _warned(run)}
    return tuple(
        {"sheet": sheet, "code": code, "row_count": rows, "detail": told}
        for (sheet, code), (rows, told) in found.items()
    )


def _warned(run: Judged) -> Iterator[Warned]:
    for rejects in (one.rejects for one in run.refused.values()):
        if level_of(rejects) > Level.FINE:
            yield ROWS_REFUSED, rejects.sheet, rejects.lost, ". ".join(reject_sentences(rejects))
    yield from _changed(run)
    yield from ((ROWS_DOUBLED, one.sheet, one.doubled, one.sentence) for one in run.doubled)
    contradicting = (one for one in run.contradicting if not one.is_implausible)
    yield from ((ROWS_CONTRADICT, one.issue.sheet, one.count, one.sentence) for one in contradicting)
    yield from ((STAMPS_IN_FUTURE, one.sheet, one.ahead, one.sentence) for one in run.future)
    yield from _missing(run)
    yield from ((OPEN_WORK_MISSING, one.sheet, one.open_rows, one.sentence) for one in run.missing_open_work)
    changed = {one.sheet for one in run.rewritten}
    for one in reversed(run.older):
        # Changed times also seem to be of an older export.
        if one.is_incomplete or one.sheet not in changed:
            yield SHEET_OLDER, one.sheet, one.rows, one.sentence


def _changed(run: Judged) -> Iterator[Warned]:
    found: dict[str, list[tuple[int, str]]] = {}
    for sheet in dict.fromkeys(one.sheet for one in run.rewritten):
        columns = [one for one in run.rewritten if one.sheet == sheet]
        columns.sort(key=lambda one: -(one.altered + one.lost) / one.settled)
        found[sheet] = [(max(one.altered + one.lost for one in columns), told_together(columns))]
    for one in run.corrected.values():
        if one.is_noticed:
            found.setdefault(one.sheet, []).append((one.altered, one.sentence))
    for plan in run.moved:
        found.setdefault(plan.sheet, []).append((plan.moved, plan.sentence))
    for column in run.uniform:
        found.setdefault(column.sheet, []).append((column.live_others, column.sentence))
    yield from _together(VALUES_CHANGED, found)


def _missing(run: Judged) -> Iterator[Warned]:
    found = _incomplete(run)
    for counts, loss in zip(run.sheets, losses(run), strict=True):
        lost = [one for one in run.lost_work if one.sheet == counts.sheet]
        is_large = exceeds(loss.absent + loss.refused, loss.live_rows, MEANT_LOSS_PERCENT)
        if is_large or any(one.is_too_much for one in lost):
            continue  # refused, unless somebody allowed this very loss
        most = run.most_rows.get(counts.sheet, MostRows())
        archived = most.archived + run.archived.get(counts.sheet, 0)
        refused = run.refused.get(counts.sheet)
        missing = most.rows - archived - counts.rows_merged - (refused.rejects.lost if refused else 0)
        if missing >= FEWEST_CHANGED and exceeds(missing, most.rows, MISSING_WARNED_ABOVE_PERCENT):
            told = f"{counts.sheet} has {counts.rows_merged:,} rows, in run {most.run_id} it had {most.rows:,}"
            aside = f", of which {archived:,} have left with their finished work orders" if archived else ""
            found.setdefault(counts.sheet, []).append((missing, told + aside))
        for one in filter(lambda one: one.is_noticed, lost):
            found.setdefault(counts.sheet, []).append((one.absent, one.sentence))
    yield from _together(ROWS_MISSING, found)


def _incomplete(run: Judged) -> dict[str, list[tuple[int, str]]]:
    """Signs of missing rows that need no earlier run: rows that show it, and a sentence, by sheet."""
    is_first_load = not any(counts.live_rows for counts in run.sheets)
    phases = sum(counts.rows_merged for counts in run.sheets if counts.sheet == PHASES.name)
    found: dict[str, list[tuple[int, str]]] = {}
    for counts in run.sheets:
        rows = counts.rows_extracted
        if counts.inserted and is_at_limit(rows, is_first_load=is_first_load):
            told = f"{counts.sheet} has exactly {rows:,} rows: an export that stops there lacks the others"
            found.setdefault(counts.sheet, []).append((rows, told))
        if not rows and is_first_load and phases >= FEWEST_PHASES:
            told = f"{counts.sheet} has no rows, though {PHASES.name} has {phases:,}"
            found.setdefault(counts.sheet, []).append((phases, told))
    if is_first_load and not any(one.is_incomplete for one in run.older):  # which says it of the newest orders
        orders = sum(counts.rows_merged for counts in run.sheets if counts.sheet == ORDERS.name)
        if orders >= NEWEST_ORDERS and exceeds(run.orders_without_phase, orders, PHASELESS_WARNED_ABOVE_PERCENT):
            told = f"{PHASES.name}: {run.orders_without_phase:,} of the {orders:,} orders have no phase"
            found.setdefault(PHASES.name, []).append((run.orders_without_phase, told))
    return found


def _together(kind: RunWarning, found: dict[str, list[tuple[int, str]]]) -> Iterator[Warned]:
    """One warning for each sheet: the most rows, and all that is told of them."""
    for sheet, told in found.items():
        yield kind, sheet, max(rows for rows, _ in told), ". ".join(sentence for _, sentence in told)
