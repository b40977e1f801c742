"""The key figures: of the live run, by run over the exports, and by week or month of their events."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from app.api.routers.route_declaration import declared
from app.api.web.page_reading import PageReading
from app.api.web.page_route import page_router
from app.api.web.rendering import page
from app.planning.indicators.kpis import overview
from app.planning.indicators.run_figures import figures_by_run
from app.planning.indicators.trend import GroupBy, trend
from app.planning.snapshot.period import Period

router = page_router()
RUNS = 50
"""Runs listed, newest first."""
PARTS = 26
"""Weeks or months listed, the latest ones."""


class FiguresQuery(BaseModel):
    """The length of the parts of the trend."""

    group_by: GroupBy = Field(GroupBy.MONTH)


@router.get(**declared("/figures"), response_class=HTMLResponse)
def key_figures(request: Request, reading: PageReading, query: Annotated[FiguresQuery, Query()]) -> HTMLResponse:
    """Overview, each published run, and the trend of the live one."""
    connection, run = reading.connection, reading.run
    by_run = figures_by_run(connection, run, limit=RUNS, offset=0)
    parts = trend(connection, run, Period(None, None), query.group_by).parts[-PARTS:]
    return page(
        request,
        "figures.html.j2",
        reading=reading,
        query=query,
        lengths=list(GroupBy),
        overview=overview(connection, run),
        by_run=by_run,
        parts=parts[::-1],
    )
