"""The dispatch list."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from app.api.admission import admitting_router
from app.api.http.spelling import WholeNumber
from app.api.routers.file_tables import MOST, PHASE, ReadTable, Table, nested_table
from app.api.routers.queries import OpenWorkQuery
from app.api.routers.route_declaration import declared
from app.api.routers.table_files import with_files
from app.api.schemas.answered import merged
from app.api.schemas.prodplan import DispatchAnswer
from app.api.snapshot_reading import CurrentReading, Reading
from app.features.value_gates import PRODUTO_JOIN, STANDARD_ROUTE
from app.planning.dispatch_list import DispatchEntry, DispatchList, dispatch_list

router = admitting_router("prodplan")


class DispatchQuery(OpenWorkQuery):
    """Filters, and how much is listed."""

    limit: WholeNumber = Field(50, ge=1, le=500, description="most executions listed of each phase")


def read_list(reading: Reading, query: OpenWorkQuery, limit: int) -> DispatchList:
    return dispatch_list(
        reading.connection,
        reading.run,
        query.include,
        query.narrowing(),
        limit=limit,
        product_names=reading.supports(PRODUTO_JOIN),
        estimates=reading.supports(STANDARD_ROUTE),
    )


@router.get(**declared("/api/prodplan/dispatch", answer=DispatchAnswer))
def dispatch(reading: CurrentReading, query: Annotated[DispatchQuery, Query()]) -> DispatchAnswer:
    """Work in process and queued at each phase, the most urgent first, and the numbers of those qualified for it."""
    return merged(DispatchAnswer, reading.answered(), read_list(reading, query, query.limit))


@with_files(router, "/api/prodplan/dispatch", listed=DispatchEntry)
def dispatch_table(query: Annotated[OpenWorkQuery, Query()]) -> ReadTable:
    """The whole dispatch list, a line for each execution."""

    def read(reading: Reading) -> Table:
        phases = read_list(reading, query, MOST).phases
        return nested_table("dispatch", PHASE, DispatchEntry, ((phase, phase.entries) for phase in phases))

    return read
