"""The dispatch list: as JSON, and as files."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from app.api.admission import admitting_router
from app.api.http.spelling import WholeNumber
from app.api.http.streaming import CsvAnswer, WorkbookAnswer
from app.api.routers.ingestion import Shared
from app.api.routers.queries import OpenWorkQuery
from app.api.routers.route_declaration import declared
from app.api.routers.table_files import ReadTable, Table, csv_file, file_of, workbook_file
from app.api.schemas.answered import merged
from app.api.schemas.prodplan import DispatchAnswer
from app.api.snapshot_reading import CurrentReading, OfRun, Reading
from app.features.value_gates import PRODUTO_JOIN, STANDARD_ROUTE
from app.planning.dispatch_list import DispatchEntry, DispatchList, dispatch_list

router = admitting_router("prodplan")
MOST = 1_000_000


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


def dispatch_table(query: OpenWorkQuery) -> ReadTable:
    """A line for each execution."""

    def read(reading: Reading) -> Table:
        rows = [
            (phase.phase_id, phase.phase_name, *(getattr(entry, name) for name in DispatchEntry.model_fields))
            for phase in read_list(reading, query, MOST).phases
            for entry in phase.entries
        ]
        return Table("dispatch", ("phase_id", "phase_name", *DispatchEntry.model_fields), rows)

    return read


@router.get(**file_of("/api/prodplan/dispatch.csv", listed=DispatchEntry), response_class=CsvAnswer)
async def dispatch_whole(backend: Shared, query: Annotated[OpenWorkQuery, Query()], run_id: OfRun = None) -> CsvAnswer:
    """The whole dispatch list, a line for each execution."""
    return await csv_file(backend, run_id, dispatch_table(query))


@router.get(**file_of("/api/prodplan/dispatch.xlsx", listed=DispatchEntry), response_class=WorkbookAnswer)
async def dispatch_workbook(
    backend: Shared, query: Annotated[OpenWorkQuery, Query()], run_id: OfRun = None
) -> WorkbookAnswer:
    """The first 20,000 executions of the dispatch list as a workbook."""
    return await workbook_file(backend, run_id, dispatch_table(query))
