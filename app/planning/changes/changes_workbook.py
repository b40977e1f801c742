"""The changes between two runs as a workbook: both runs side by side, orders in words, changed cells."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import sqlalchemy as sa
from openpyxl import Workbook

from app.ingestion.reports.rejected_pages import Page
from app.planning.changes.changed_rows import Value, changed_rows
from app.planning.changes.changes_csv import HEADERS, cells_of
from app.planning.changes.compared_runs import ComparedRuns
from app.planning.changes.order_changes import ChangedOrder, changed_orders
from app.planning.snapshot.live_run import Run

MOST_LISTED = 20_000
"""Most orders, and most changed cells, listed: about 2,000 rows are written a second."""
SHORT = "Only the first {most} are listed; changes.csv has all rows."


@dataclass(frozen=True, slots=True)
class Listed:
    """The contents of the workbook. One entry beyond MOST_LISTED means that the list is incomplete."""

    before: Run
    after: Run
    compared: ComparedRuns
    orders: list[ChangedOrder]
    cells: list[tuple[Value, ...]]


def listed(connection: sa.Connection, before: Run, after: Run, compared: ComparedRuns) -> Listed:
    """Read the contents: at most MOST_LISTED orders and cells, and one more of each if there are more."""
    pair = (before.run_id, after.run_id)
    cells = (cell for row, _ in changed_rows(connection, *pair) for cell in cells_of(row))
    return Listed(
        before,
        after,
        compared,
        changed_orders(connection, *pair, limit=MOST_LISTED + 1),
        list(islice(cells, MOST_LISTED + 1)),
    )


def write_changes(found: Listed, path: Path) -> None:
    """Write the workbook, without the database."""
    book = Workbook(write_only=True)
    _summary(book, found)
    _orders(book, found)
    page = Page(book, "Rows", (30, 12, 40, 24, 30, 30))
    page.table(*HEADERS, rows=min(len(found.cells), MOST_LISTED))
    for cells in found.cells[:MOST_LISTED]:
        page.row(*cells)
    _note_if_shortened(page, len(found.cells))
    book.save(path)


def _summary(book: Workbook, found: Listed) -> None:
    page = Page(book, "Summary", (40, 20, 20, 20, 20))
    page.title(f"Changes from run {found.before.run_id} to run {found.after.run_id}")
    for run in (found.before, found.after):
        as_of = "no event" if run.as_of is None else f"{run.as_of:%Y-%m-%d %H:%M}"
        page.row(f"Run {run.run_id}", run.workbook_name, as_of)
    page.row(None)
    page.table("sheet", "inserted", "updated", "unchanged", "deleted", rows=len(found.compared.sheets))
    for sheet in found.compared.sheets:
        page.row(sheet.sheet, sheet.inserted, sheet.updated, sheet.unchanged, sheet.deleted)
    page.row(None)
    page.table("orders", "number", rows=len(found.compared.order_kinds))
    for kind in found.compared.order_kinds:
        page.row(kind.kind.value, kind.orders)
    page.row(None)
    page.table("figure", "before", "after", "change", rows=len(found.compared.figures))
    for one in found.compared.figures:
        page.row(one.figure, one.before, one.after, one.change)


def _orders(book: Workbook, found: Listed) -> None:
    changes = [(order, word) for order in found.orders[:MOST_LISTED] for word in order.changes]
    page = Page(book, "Orders", (14, 14, 20, 60, 24, 24, 10))
    page.table("order", "product", "kind", "change", "before", "after", "days", rows=len(changes))
    for order, word in changes:
        page.row(order.work_order_id, order.product_id, word.kind.value, word.text, word.before, word.after, word.days)
    _note_if_shortened(page, len(found.orders))


def _note_if_shortened(page: Page, found: int) -> None:
    if found > MOST_LISTED:
        page.row(SHORT.format(most=MOST_LISTED))
