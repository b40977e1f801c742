"""Limits of a sheet's refused rows: above one the run is refused, above another it is published with a warning. Pure.

Rows refused for their contents count, and phases whose order has no accepted row. An identical repeat loses nothing and
never counts. A conflicting key counts for the warning. It refuses the run only if most rows of a sheet conflict,
because then the key's column does not hold keys, or if most keys have several versions, because then the sheet's export
is undefined.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from app.workbook.judging.column_faults import ColumnFault, by_column

REFUSED_ABOVE_PERCENT, WARNED_ABOVE_PERCENT = 10, 1
CONFLICTS_REFUSED_ABOVE_PERCENT = 50
"""Share of the rows that are not identical repeats, and of the keys."""
NEW_WARNED_ABOVE_PERCENT = 10
"""Share of the rows with a key that the live run lacks: refused new rows must not go unnoticed."""

FOR_WHAT_THEY_HOLD = ("NULL_KEY", "INVALID_TYPE", "OUT_OF_RANGE")
ORPHAN, CONFLICT, REPEAT = "ORPHAN_PARENT", "CONFLICTING_KEY", "DUPLICATE_ROW"
COUNTED = (*FOR_WHAT_THEY_HOLD, ORPHAN)
FEWEST_OPEN = 20
"""Fewer open rows are not judged by themselves."""
FEWEST_OF_A_COLUMN = 2
"""Fewest faulty cells from which a whole column is judged to be at fault."""


class Level(IntEnum):
    """Consequence of a sheet's refused rows for the run."""

    FINE = 0
    WARNED = 1
    REFUSED = 2


@dataclass(frozen=True, slots=True)
class SheetRejects:
    """The refused rows of one sheet.

    rows: of the sheet, refused or not. by_code, first_rows: refused rows of each code, and the first one's Excel row.
    columns: faulty cells by column. sound_values: acceptable cells of such a column. parents, orphaned_parents:
    distinct orders that the rows refer to, and those without an accepted row. orphans_of_refused: orphans whose order
    is in the workbook and was refused. inserted, new_refused: rows with a key that the live run lacks, accepted and
    refused; 0 where nothing is live. conflicting_keys: distinct keys of conflicting rows. conflicting_key,
    conflicting_key_rows: the most frequent of these keys, as text, and its number of rows. open_rows, open_refused:
    rows without the end that closes them, refused or not, and those refused among them.
    """

    sheet: str
    rows: int
    by_code: Mapping[str, int] = field(default_factory=dict)
    first_rows: Mapping[str, int] = field(default_factory=dict)
    columns: tuple[ColumnFault, ...] = ()
    sound_values: Mapping[str, int] = field(default_factory=dict)
    parents: int = 0
    orphaned_parents: int = 0
    orphans_of_refused: int = 0
    inserted: int = 0
    new_refused: int = 0
    conflicting_keys: int = 0
    conflicting_key: str = ""
    conflicting_key_rows: int = 0
    open_rows: int = 0
    open_refused: int = 0

    @property
    def counted(self) -> int:
        """Refused rows that the limit counts."""
        return sum(self.by_code.get(code, 0) for code in COUNTED)

    @property
    def lost(self) -> int:
        """Refused rows that count for the warning: all but identical repeats."""
        return self.counted + self.by_code.get(CONFLICT, 0)


def exceeds(part: int, whole: int, percent: int) -> bool:
    """True if the part exceeds this share of the whole. Exact, without division."""
    return part * 100 > whole * percent


def level_of(rejects: SheetRejects) -> Level:
    """The consequence of a sheet's refused rows for the run."""
    if (
        exceeds(rejects.counted, rejects.rows, REFUSED_ABOVE_PERCENT)
        or exceeds(rejects.orphaned_parents, rejects.parents, REFUSED_ABOVE_PERCENT)
        or conflicts_prevail(rejects)
        or open_are_refused(rejects)
        or whole_columns(rejects)
    ):
        return Level.REFUSED
    if exceeds(rejects.lost, rejects.rows, WARNED_ABOVE_PERCENT) or news_are_refused(rejects):
        return Level.WARNED
    return Level.FINE


def refused_for_content(rejects: SheetRejects) -> bool:
    """True if the contents of the rows alone are reason enough to refuse the run."""
    held = sum(rejects.by_code.get(code, 0) for code in FOR_WHAT_THEY_HOLD)
    return exceeds(held, rejects.rows, REFUSED_ABOVE_PERCENT) or bool(whole_columns(rejects))


def conflicts_prevail(rejects: SheetRejects) -> bool:
    """True if most rows of the sheet have a key of another row, or most keys have several versions."""
    conflicts = rejects.by_code.get(CONFLICT, 0)
    distinct = rejects.rows - rejects.by_code.get(REPEAT, 0)
    keys = distinct - conflicts - rejects.counted  # one row of each key is kept
    return exceeds(conflicts, distinct, CONFLICTS_REFUSED_ABOVE_PERCENT) or exceeds(
        rejects.conflicting_keys, keys, CONFLICTS_REFUSED_ABOVE_PERCENT
    )


def news_are_refused(rejects: SheetRejects) -> bool:
    """True if more than the limit of the sheet's new rows was refused."""
    return exceeds(rejects.new_refused, rejects.inserted + rejects.new_refused, NEW_WARNED_ABOVE_PERCENT)


def open_are_refused(rejects: SheetRejects) -> bool:
    """True if more than the limit of the sheet's open rows was refused: few rows are open, and they are the shop
    floor."""
    return rejects.open_rows >= FEWEST_OPEN and exceeds(rejects.open_refused, rejects.open_rows, REFUSED_ABOVE_PERCENT)


def whole_columns(rejects: SheetRejects) -> list[ColumnFault]:
    """The most frequent fault of each column without an acceptable value, in the order of the faults."""
    cells = by_column(rejects.columns)
    spoilt = {
        header
        for header, count in cells.items()
        if count >= FEWEST_OF_A_COLUMN and not rejects.sound_values.get(header, 0)
    }
    found: dict[str, ColumnFault] = {}
    for fault in sorted(rejects.columns, key=lambda one: -one.cells):
        if fault.header in spoilt:
            found.setdefault(fault.header, fault)
    return list(found.values())


def commonest(rejects: SheetRejects) -> ColumnFault | None:
    """The fault with the most cells; None where no cell is at fault."""
    return max(rejects.columns, key=lambda fault: fault.cells, default=None)
