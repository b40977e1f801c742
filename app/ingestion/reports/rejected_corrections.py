"""The page of rejected_rows.xlsx with the rows to correct, those with most consequences first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import sqlalchemy as sa

from app.contract import RELATIONSHIPS, SHEET_BY_NAME, SHEETS, Relationship, Sheet
from app.database.schema.audit import rejected_rows
from app.ingestion.reports import rejected_words as words

Read: TypeAlias = Callable[[sa.Select[Any], Mapping[str, object]], Sequence[Any]]
"""Reads the rows of a statement. Neither a connection nor a transaction of its own is open between two calls."""

MOST = 2_000
"""Most rows of the page: more are not corrected by hand."""
ROWS = rejected_rows.c
CELL = ROWS.cells[sa.bindparam("header", type_=sa.Text)].astext
OF_RUN, OF_SHEET = ROWS.run_id == sa.bindparam("run_id"), ROWS.sheet == sa.bindparam("sheet")
TO_CORRECT = ROWS.code.not_in(words.KINDS)
ORPHANED = (
    sa.select(CELL.label("value"), sa.func.count().label("rows"), sa.func.min(ROWS.excel_row).label("first_row"))
    .where(OF_RUN, OF_SHEET, ROWS.code == "ORPHAN_PARENT")
    .group_by("value")
    .order_by(sa.desc("rows"), "first_row")
    .limit(sa.bindparam("most"))
)
PARENTS = sa.select(ROWS.excel_row, ROWS.code, ROWS.detail, ROWS.cells).where(
    OF_RUN, OF_SHEET, TO_CORRECT, CELL.in_(sa.bindparam("wanted", expanding=True))
)
OTHERS = (
    sa.select(ROWS.sheet, ROWS.excel_row, ROWS.code, ROWS.detail, ROWS.cells)
    .where(OF_RUN, TO_CORRECT)
    .order_by(ROWS.sheet, ROWS.excel_row)
    .limit(sa.bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Correction:
    """One row to correct. rows: number of other rows, all of the sheet `of`, that are refused because of it."""

    sheet: str
    excel_row: int
    columns: str
    values: str
    reason: str
    remedy: str
    rows: int = 0
    of: str = ""

    @property
    def consequences(self) -> str:
        return words.consequences(self.rows, self.of) if self.rows else ""


def corrections(read: Read, run_id: int, most: int = MOST) -> list[Correction]:
    """At most `most` rows to correct: by consequences, then in the order of the contract's sheets and their rows."""
    enforced = [one for one in RELATIONSHIPS if one.enforced]
    found = [root for relationship in enforced for root in _roots(read, run_id, relationship)]
    known = {(one.sheet, one.excel_row) for one in found}
    for row in read(OTHERS, {"run_id": run_id, "most": most + len(known)}):
        if (row.sheet, row.excel_row) not in known:
            found.append(_correction(SHEET_BY_NAME[row.sheet], row))
    order = {sheet.name: place for place, sheet in enumerate(SHEETS)}
    return sorted(found, key=lambda one: (-one.rows, order[one.sheet], one.excel_row))[:most]


def _roots(read: Read, run_id: int, relationship: Relationship) -> Iterator[Correction]:
    """The refused rows that others refer to, and referenced values that occur in no row."""
    (link,) = relationship.links
    child, parent = relationship.from_sheet, SHEET_BY_NAME[link.to_sheet]
    orphaned = read(ORPHANED, {"run_id": run_id, "sheet": child, "header": link.from_header, "most": MOST})
    waiting = {row.value: row for row in orphaned}
    wanted = {"run_id": run_id, "sheet": parent.name, "header": link.to_header, "wanted": list(waiting)}
    for row in read(PARENTS, wanted) if waiting else ():
        orphans = waiting.pop(row.cells[link.to_header], None)
        yield _correction(parent, row, orphans.rows if orphans is not None else 0, child)
    for value, orphans in waiting.items():
        yield Correction(
            child,
            orphans.first_row,
            link.from_header,
            value,
            words.MISSING_PARENT.format(header=link.from_header, value=value, sheet=parent.name),
            words.ADD_PARENT,
            orphans.rows,
            child,
        )


def _correction(sheet: Sheet, row: Any, rows: int = 0, of: str = "") -> Correction:
    headers = [header for header, _ in words.faults_in(row.detail, sheet)] or list(sheet.key)
    shown = [words.cell(row.cells[header]) for header in headers if header in row.cells]
    return Correction(
        sheet.name,
        row.excel_row,
        ", ".join(headers),
        ", ".join(shown),
        words.reason(row.detail, sheet),
        words.remedy(row.code, row.detail, sheet),
        rows,
        of,
    )
