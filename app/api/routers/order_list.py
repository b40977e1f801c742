"""The list of orders: in pages, and whole as CSV."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict, fields
from functools import partial
from typing import Annotated

from fastapi import Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field, NaiveDatetime

from app.api.admission import admitting_router
from app.api.gatekeeper import gates_of_fields
from app.api.http import cursor as cursors
from app.api.http.spelling import Flag, WholeNumber
from app.api.http.streaming import CsvAnswer, WorkbookAnswer
from app.api.routers.file_tables import MOST_LISTED, Cell, ReadTable, Table, columns_of, row_of
from app.api.routers.ingestion import Shared
from app.api.routers.queries import Id
from app.api.routers.route_declaration import declared
from app.api.routers.table_files import file_of, tagged, workbook_file
from app.api.schemas.prodplan import OrdersAnswer
from app.api.slots import SlotPool
from app.api.snapshot_reading import (
    Backend,
    CurrentReading,
    OfRun,
    Reading,
    backend_of,
    not_supported,
    require_still_kept,
    run_asked_for,
)
from app.features.value_gates import PRODUTO_JOIN, STANDARD_ROUTE
from app.ingestion.reports.csv_text import BYTE_ORDER_MARK, csv_lines
from app.planning.order_list import ListedOrder, OrderFilter, OrderList, OrderSort, Position, order_list
from app.planning.orders import OrderStatus
from app.planning.risk import Risk
from app.planning.snapshot.local_time import DOCUMENTED

router = admitting_router("prodplan")
AskedTime = Annotated[NaiveDatetime, DOCUMENTED]
COLUMNS = tuple(ListedOrder.model_fields)
LIMITS = gates_of_fields(ListedOrder)
PAGE_ORDERS = 2_000
FIRST, END = "factory-local, inclusive, without zone", "factory-local, exclusive, without zone"


class OrderFilters(BaseModel):
    """Filters of the list, and its order."""

    of_id: Id | None = Field(None, description="order number")
    product: Id | None = Field(None, description="product number")
    phase: Id | None = Field(None, description="number of the phase that the order is at")
    status: OrderStatus | None = None
    created_from: AskedTime | None = Field(None, description=FIRST)
    created_to: AskedTime | None = Field(None, description=END)
    completed_from: AskedTime | None = Field(None, description=FIRST)
    completed_to: AskedTime | None = Field(None, description=END)
    due_from: AskedTime | None = Field(None, description=f"transport date, {FIRST}")
    due_to: AskedTime | None = Field(None, description=f"transport date, {END}")
    product_name: str | None = Field(None, min_length=1, max_length=200, description="part of it, in any case")
    terminal: Flag | None = Field(None, description="open, at a declared phase behind production; false: not so")
    stale: Flag | None = Field(None, description="open, older than declared, and not terminal; false: not so")
    overdue: Flag | None = Field(None, description="open, and its transport day is before as_of's; false: not so")
    risk: Risk | None = Field(None, description="as in the risk queue of all open orders")
    sort: OrderSort = Field(OrderSort.CREATED, description="latest creation, earliest (age), due, or least slack first")

    def wanted(self) -> OrderFilter:
        """The filters without the page."""
        return OrderFilter(**{one.name: getattr(self, one.name) for one in fields(OrderFilter)})


class OrdersQuery(OrderFilters):
    """Filters and page of the list."""

    limit: WholeNumber = Field(50, ge=1, le=500)
    cursor: str | None = Field(None, max_length=cursors.MAX_CHARACTERS, description="next_cursor of the page before")


def asked_list(reading: Reading, wanted: OrderFilter) -> OrderList:
    """The filtered list of the run. Raises 409 as a Problem where the data does not support product names."""
    product_names = reading.supports(PRODUTO_JOIN)
    if wanted.product_name is not None and not product_names:
        raise not_supported(PRODUTO_JOIN, reading.gates)
    return order_list(
        reading.connection,
        reading.run,
        wanted,
        product_names=product_names,
        estimates=reading.supports(STANDARD_ROUTE),
    )


def page_of(backend: Backend, reading: Reading, query: OrdersQuery) -> tuple[OrderList, list[ListedOrder], str | None]:
    """The list, the orders of the page that the query names, and the cursor of the next page."""
    wanted, run_id = query.wanted(), reading.run.run_id
    filters = asdict(wanted)
    after = None
    if query.cursor is not None:
        after = cursors.decode(backend.cursor_key, query.cursor, run_id, filters)
    asked = asked_list(reading, wanted)
    found = asked.page(reading.connection, query.limit + 1, after)
    page, following = found[: query.limit], None
    if len(found) > query.limit:
        following = cursors.encode(backend.cursor_key, run_id, filters, asked.position(page[-1]))
    return asked, page, following


@router.get(**declared("/api/prodplan/orders", 400, 409, answer=OrdersAnswer))
def orders(request: Request, reading: CurrentReading, query: Annotated[OrdersQuery, Query()]) -> OrdersAnswer:
    """Orders that pass the filters, from the latest creation down or as sort says, in pages."""
    asked, page, following = page_of(backend_of(request), reading, query)
    not_asked = () if asked.wanted.needs_risk else (STANDARD_ROUTE,)
    return OrdersAnswer.model_construct(**reading.answered(not_asked), orders=page, next_cursor=following)


@router.get(
    **file_of("/api/prodplan/orders.csv", 409, listed=ListedOrder, tagged=True),
    response_class=CsvAnswer,
)
async def orders_whole(
    request: Request, backend: Shared, query: Annotated[OrderFilters, Query()], run_id: OfRun = None
) -> CsvAnswer:
    """All orders that pass the filters, as /api/prodplan/orders has them."""

    def resolved() -> tuple[OrderList, int, dict[str, str]]:
        with backend.engine.connect() as connection:
            run = run_asked_for(connection, backend.settings.plant, run_id)
            tag = tagged(request, backend, run)
            asked = asked_list(Reading(connection, run, backend), query.wanted())
            total = asked.count(connection)
            require_still_kept(connection, run)
            return asked, total, tag

    async with backend.slot_pools[SlotPool.READERS].taken():
        asked, total, tag = await run_in_threadpool(resolved)
    headers = {"Content-Disposition": f'attachment; filename="orders_{asked.run.run_id}.csv"'}
    return CsvAnswer(_lines(backend, asked, total), headers=headers | tag)


async def _lines(backend: Backend, asked: OrderList, total: int) -> AsyncIterator[str]:
    """The lines of the CSV, page by page, so that a slow reader holds neither slot nor connection.

    Raises RuntimeError or RunGone, which cut the answer off, when the run is removed while it is read.
    """

    def page(after: Position | None) -> list[ListedOrder]:
        with backend.engine.connect() as connection:
            found = asked.page(connection, PAGE_ORDERS, after)
            require_still_kept(connection, asked.run)
            return found

    yield BYTE_ORDER_MARK + csv_lines([COLUMNS])
    sent, after = 0, None
    while sent < total:
        async with backend.slot_pools[SlotPool.READERS].taken():
            found = await run_in_threadpool(page, after)
        if not found:
            raise RuntimeError(
                f"Run {asked.run.run_id} had {total} such orders, and {sent} when they were read: ask again."
            )
        yield csv_lines([_cells(order) for order in found])
        sent, after = sent + len(found), asked.position(found[-1])


def _cells(order: ListedOrder) -> list[object]:
    shown = order.model_dump(mode="json")
    return ["" if shown[name] is None else shown[name] for name in COLUMNS]


@router.get(**file_of("/api/prodplan/orders.xlsx", 409, listed=ListedOrder, tagged=True), response_class=WorkbookAnswer)
async def orders_workbook(
    request: Request, backend: Shared, query: Annotated[OrderFilters, Query()], run_id: OfRun = None
) -> WorkbookAnswer:
    """The first 50,000 orders that pass the filters, as /api/prodplan/orders has them, as a workbook."""
    tag = partial(tagged, request, backend)
    return await workbook_file(backend, run_id, orders_table(query), limits=LIMITS, tagged=tag)


def orders_table(query: OrderFilters) -> ReadTable:
    """A line for each order, as many as a workbook lists, and one more if there are more."""
    paths = columns_of(ListedOrder).values()

    def read(reading: Reading) -> Table:
        asked = asked_list(reading, query.wanted())
        rows: list[list[Cell]] = []
        after, more = None, True
        while more and len(rows) <= MOST_LISTED:
            found = asked.page(reading.connection, PAGE_ORDERS, after)
            rows += [row_of(order, paths) for order in found]
            more = len(found) == PAGE_ORDERS
            after = asked.position(found[-1]) if found else None
        return Table("orders", COLUMNS, rows)

    return read
