"""Changes from one published workbook to the next: rows, orders in words, figures side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse

from app.api.http.streaming import CsvAnswer, WorkbookAnswer
from app.api.routers import changes
from app.api.routers.changes import CsvQuery, FromRun, Pair, ToRun, WholeQuery, pair_of
from app.api.routers.ingestion import Shared
from app.api.routers.queries import Id
from app.api.routers.route_declaration import declared
from app.api.snapshot_reading import require_still_kept
from app.api.web.page_route import page_router
from app.api.web.rendering import page
from app.planning.changes.order_changes import changed_orders

router = page_router()
ORDERS = 50
"""Changed orders of one page."""
FIGURES = (
    "standing.production_orders",
    "overdue_orders",
    "completed_orders",
    "throughput_orders",
    "quality_errors",
)
"""Figures of the overview that are shown side by side."""


def page_pair(backend: Shared, from_run: FromRun = None, to_run: ToRun = None) -> Iterator[Pair]:
    """FastAPI dependency: both runs in one transaction, without the tag of the JSON answers."""
    with backend.engine.connect() as connection:
        pair = pair_of(connection, backend, from_run, to_run)
        yield pair
        for run in (pair.before, pair.reading.run):
            require_still_kept(connection, run)


PagePair = Annotated[Pair, Depends(page_pair, scope="function")]
Behind = Annotated[Id | None, Query(description="only orders with higher numbers")]


@router.get(**declared("/changes"), response_class=HTMLResponse)
def what_changed(request: Request, backend: Shared, pair: PagePair, behind: Behind = None) -> HTMLResponse:
    """The live workbook against the one before it, or any two that are kept."""
    compared = changes.compared(backend, pair)
    found = changed_orders(pair.reading.connection, *pair.numbers, limit=ORDERS + 1, behind=behind)
    by_name = {one.figure: one for one in compared.figures}
    return page(
        request,
        "changes.html.j2",
        reading=pair.reading,
        before=pair.before,
        compared=compared,
        figures=[by_name[name] for name in FIGURES],
        orders=found[:ORDERS],
        following=found[ORDERS - 1].work_order_id if len(found) > ORDERS else None,
    )


@router.get(**declared("/changes.xlsx", **changes.WHOLE), response_class=WorkbookAnswer)
async def changes_workbook(request: Request, backend: Shared, query: Annotated[WholeQuery, Query()]) -> WorkbookAnswer:
    """Both runs side by side as a workbook."""
    return await changes.changes_workbook(request, backend, query)


@router.get(**declared("/changes.csv", **changes.WHOLE), response_class=CsvAnswer)
async def changes_csv(request: Request, backend: Shared, query: Annotated[CsvQuery, Query()]) -> CsvAnswer:
    """All cells that differ."""
    return await changes.changes_whole(request, backend, query)
