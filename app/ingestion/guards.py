"""Decides whether a reconciled run may be published. Pure.

Each guard prevents one way of emptying the factory unnoticed, and has an option of its own that overrides it alone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.contract.quality_issues import ROWS_ARCHIVED, QualityIssue
from app.contract.sheet_counts import SheetCounts
from app.ingestion.errors import (
    EmptyRefused,
    ImplausibleRefused,
    OlderRefused,
    RejectsRefused,
    RunRefused,
    ShrinkRefused,
)
from app.ingestion.options import Allowed
from app.ingestion.runs.earlier_counts import MostRows
from app.ingestion.sheets.ageing import STAMPS, Older
from app.ingestion.sheets.archiving import ORDERS
from app.ingestion.sheets.comparison import Emptied
from app.ingestion.sheets.corrections import Corrected
from app.ingestion.sheets.doubling import Doubled
from app.ingestion.sheets.ended_work import EndedWork
from app.ingestion.sheets.lost_work import LostWork
from app.ingestion.sheets.moved_plans import MovedPlan
from app.ingestion.sheets.refused_rows import Refused
from app.ingestion.sheets.rewriting import Rewritten
from app.ingestion.sheets.uniformity import Uniform
from app.workbook.judging.contradictions import Contradicting
from app.workbook.judging.empty_sheets import empty_sheet_sentences
from app.workbook.judging.future_stamps import FutureStamps
from app.workbook.judging.reject_limits import (
    FOR_WHAT_THEY_HOLD,
    Level,
    SheetRejects,
    exceeds,
    level_of,
    refused_for_content,
)
from app.workbook.judging.reject_sentences import reject_sentences
from app.workbook.judging.repeated_events import Repeated
from app.workbook.judging.totals import TotalsRow

SHRINK_TOLERANCE_PERCENT = 10
"""A run may drop at most this share of a live table's keys."""

MOST_COLUMNS_NAMED = 3
"""Number of further columns that a sentence names."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A reconciled run, as the guards and the warnings need it.

    refused: refused rows by sheet. referencing: number of rows that refer to a sheet. emptied_columns: columns that
    lost nearly all values of the live run. ended_work: sheets that lost nearly all open rows of it. rewritten: columns
    of which many settled values differ from the live run's. repeated: sheets without key of which most rows stand more
    than once. archived: rows by sheet that are gone with their finished work order. corrected: sheets with corrected
    rows that have no number of their own. uniform: columns of one value. lost_work: absent rows of the live run's open
    work. contradicting: sheets of which many rows contradict themselves, as those of the live run do not. totals: rows
    that are the sum of all others. future: sheets with many stamps in the future. as_of, live_as_of: latest event of
    this run and of the live one; live_as_of is None where nothing is live. For warnings alone: moved: plans of open
    rows that moved far; doubled, older: sheets with old rows under new keys, and of an older export. missing_open_work:
    sheets with no, or few, open rows. most_rows: the most rows of a sheet before, and their run. orders_without_phase:
    of a first load.
    """

    sheets: Sequence[SheetCounts]
    refused: Mapping[str, Refused] = field(default_factory=dict)
    referencing: Mapping[str, int] = field(default_factory=dict)
    emptied_columns: Sequence[Emptied] = ()
    ended_work: Sequence[EndedWork] = ()
    rewritten: Sequence[Rewritten] = ()
    repeated: Sequence[Repeated] = ()
    archived: Mapping[str, int] = field(default_factory=dict)
    corrected: Mapping[str, Corrected] = field(default_factory=dict)
    uniform: Sequence[Uniform] = ()
    lost_work: Sequence[LostWork] = ()
    contradicting: Sequence[Contradicting] = ()
    totals: Sequence[TotalsRow] = ()
    future: Sequence[FutureStamps] = ()
    as_of: dt.datetime | None = None
    live_as_of: dt.datetime | None = None
    moved: Sequence[MovedPlan] = ()
    doubled: Sequence[Doubled] = ()
    older: Sequence[Older] = ()
    missing_open_work: Sequence[EndedWork] = ()
    most_rows: Mapping[str, MostRows] = field(default_factory=dict)
    orders_without_phase: int = 0

    @property
    def archived_issues(self) -> dict[QualityIssue, int]:
        """The archived rows as issues of their sheets."""
        return {ROWS_ARCHIVED[sheet]: rows for sheet, rows in self.archived.items()}


def refusal_of(run: Judged, allowed: Allowed) -> RunRefused | None:
    """The reason not to publish the run, or None; a cause is reported before its consequences."""
    return next(_refusals(run, allowed), None)


def _refusals(run: Judged, allowed: Allowed) -> Iterator[RunRefused]:
    orphans_alone = not any(refused_for_content(one.rejects) for one in run.refused.values())
    if not allowed.shrink and orphans_alone and any(loss.is_truncated for loss in losses(run)):
        # Rows whose order is absent from the workbook are refused as orphans: a consequence.
        yield from _shrink(run, allowed.rejects)
    if not allowed.rejects:
        yield from _rejects(run)
    if not allowed.empty:
        yield from _empty(run)
    if not allowed.shrink:
        yield from _shrink(run, allowed.rejects)
    # Replaced values are no sign of an older export; missing values may be.
    if not allowed.implausible and (any(column.is_replaced for column in run.rewritten) or _of_one_value(run)):
        yield from _implausible(run)
    if not allowed.older:
        yield from _older(run)
    if not allowed.implausible:
        yield from _implausible(run)


def _rejects(run: Judged) -> Iterator[RunRefused]:
    over = [one.rejects for one in run.refused.values() if level_of(one.rejects) is Level.REFUSED]
    if over:
        told = ". ".join(sentence for rejects in over for sentence in reject_sentences(rejects))
        yield RejectsRefused(
            f"Too many rows are refused: {told}. Each of them is in rejected_rows.xlsx"
            " (beyond 50,000, in rejected_rows.csv)."
            " Mend the export, or pass --allow-rejects if the factory can do without them."
        )


def _empty(run: Judged) -> Iterator[RunRefused]:
    # A sheet that has rows in the live run is judged by the shrink guard.
    rows = {counts.sheet: counts.rows_extracted for counts in run.sheets if not counts.live_rows}
    told = ". ".join(empty_sheet_sentences(rows, run.referencing))
    if told:
        yield EmptyRefused(f"{told}. Check that the export is complete, or pass --allow-empty if it is meant.")


def losses(run: Judged) -> list[Loss]:
    """The loss of each sheet, without corrected rows, and without archived ones if few enough orders are gone."""
    few_orders = not any(
        counts.sheet == ORDERS.name and exceeds(counts.deleted, counts.live_rows, SHRINK_TOLERANCE_PERCENT)
        for counts in run.sheets
    )
    found = []
    for counts in run.sheets:
        corrected = run.corrected.get(counts.sheet)
        spared = (corrected.corrected if corrected else 0) + (run.archived.get(counts.sheet, 0) if few_orders else 0)
        found.append(Loss.of(counts, run.refused.get(counts.sheet), spared))
    return found


def _shrink(run: Judged, rejects_allowed: bool) -> Iterator[RunRefused]:
    losing = [loss for loss in losses(run) if loss.exceeds_tolerance(rejects_allowed)]
    columns: list[Emptied | EndedWork | LostWork] = [*run.emptied_columns, *run.ended_work]
    if not _is_older(run):  # an older export lacks what was begun since
        columns += [one for one in run.lost_work if one.is_too_much]
    if not losing and not columns:
        return
    told = [loss.sentence for loss in losing] + [column.sentence for column in columns]
    explained = bool(losing) and not columns and not any(loss.is_truncated for loss in losing)
    remedy = (
        "Mend the refused rows and export again, or pass --allow-rejects if the factory can do without them."
        if explained
        else "Check that the export is complete, or pass --allow-shrink if it is meant."
    )
    yield ShrinkRefused(
        f"More than {SHRINK_TOLERANCE_PERCENT} % of a live table would disappear: {'; '.join(told)}. {remedy}"
    )


@dataclass(frozen=True, slots=True)
class Loss:
    """Live keys missing from a sheet: absent from the workbook, or in refused rows, with the reasons."""

    sheet: str
    live_rows: int
    absent: int
    refused: int
    why: str

    @classmethod
    def of(cls, counts: SheetCounts, refused: Refused | None, spared: int = 0) -> Loss:
        """The loss of one sheet. spared: deleted keys that are no loss."""
        keys = min(refused.live_keys, counts.deleted) if refused else 0
        why = "; ".join(reject_sentences(refused.rejects)) if refused and keys else ""
        return cls(counts.sheet, counts.live_rows, max(0, counts.deleted - keys - spared), keys, why)

    @property
    def is_truncated(self) -> bool:
        """True if the absent keys alone exceed the limit."""
        return exceeds(self.absent, self.live_rows, SHRINK_TOLERANCE_PERCENT)

    def exceeds_tolerance(self, rejects_allowed: bool) -> bool:
        """True if the missing keys exceed the limit; those in refused rows count unless they were allowed."""
        going = self.absent if rejects_allowed else self.absent + self.refused
        return exceeds(going, self.live_rows, SHRINK_TOLERANCE_PERCENT)

    @property
    def sentence(self) -> str:
        """The loss as a sentence."""
        lost = f"{self.sheet} would lose {self.absent + self.refused:,} of {self.live_rows:,} keys"
        if not self.refused:
            return lost
        return f"{lost}, {self.absent:,} absent from the workbook and {self.refused:,} in refused rows ({self.why})"


def _older(run: Judged) -> Iterator[RunRefused]:
    if run.live_as_of is None or not _is_older(run):
        return
    latest = "has no event at all" if run.as_of is None else f"ends at {run.as_of:%Y-%m-%d %H:%M}"
    live = f"{run.live_as_of:%Y-%m-%d %H:%M}"
    if refused := [one.rejects for sheet, one in run.refused.items() if sheet in STAMPS and _is_told_of(one.rejects)]:
        told = ". ".join(sentence for rejects in refused for sentence in reject_sentences(rejects))
        yield OlderRefused(
            f"The export is older than the live run: it {latest}, the live run at {live}. Newer rows may be among the"
            f" refused ones ({told}): mend these and export again, or pass --allow-older if it is meant."
        )
    yield OlderRefused(
        f"The export is older than the live run: it {latest}, the live run at {live}. Take the newest export, or pass"
        " --allow-older if it is meant; an earlier run that is still kept comes back by `python3 -m app publish RUN`."
    )


def _is_told_of(rejects: SheetRejects) -> bool:
    """True if rows are refused for what they hold, and enough of them for a warning."""
    held = sum(rejects.by_code.get(code, 0) for code in FOR_WHAT_THEY_HOLD)
    return bool(held) and level_of(rejects) > Level.FINE


def _is_older(run: Judged) -> bool:
    return run.live_as_of is not None and (run.as_of is None or run.as_of < run.live_as_of)


def _implausible(run: Judged) -> Iterator[RunRefused]:
    told = [one.sentence for one in run.repeated]
    told += [one.sentence for one in run.totals]
    told += [one.sentence for one in run.contradicting if one.is_implausible]
    told += [one.sentence for one in run.future if one.is_implausible]
    told += [one.sentence for one in run.corrected.values() if one.is_implausible]
    # A column that lost its values is judged by the shrink guard.
    emptied = {(one.sheet, one.header) for one in run.emptied_columns}
    implausible = [one for one in run.rewritten if one.is_implausible]
    rewritten = [one for one in implausible if one.is_replaced or (one.sheet, one.header) not in emptied]
    if rewritten:
        told.append(told_together(rewritten))
    if uniform := _of_one_value(run):
        told.append(told_together(uniform))
    if told:
        yield ImplausibleRefused(
            f"The export is not plausible: {'. '.join(told)}. Check its columns, dates and units, and that it is this"
            " factory's, or pass --allow-implausible if it is meant."
        )


def _of_one_value(run: Judged) -> list[Uniform]:
    """The implausible columns of one value that are not told of otherwise."""
    told = {(one.sheet, one.header) for one in run.rewritten if one.is_implausible}
    return [one for one in run.uniform if one.is_implausible and (one.sheet, one.header) not in told]


def told_together(columns: Sequence[Rewritten] | Sequence[Uniform]) -> str:
    """The change of the first column as a sentence that names the others."""
    first, *others = columns
    named = ", ".join(f"{one.sheet}.{one.header}" for one in others[:MOST_COLUMNS_NAMED])
    more = f" and {len(others) - MOST_COLUMNS_NAMED} more" if len(others) > MOST_COLUMNS_NAMED else ""
    return f"{first.sentence}{f' (as in {named}{more})' if others else ''}"
