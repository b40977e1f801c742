"""The dispatch list: as JSON, and as CSV."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from app.api.admission import admitting_router
from app.api.http.spelling import WholeNumber
from app.api.http.streaming import CsvAnswer
from app.api.keys.rate_limits import Rate
from app.api.routers.ingestion import Shared
from app.api.routers.queries import OpenWorkQuery
from app.api.routers.route_declaration import declared
from app.api.routers.whole_reading import read_whole
from app.api.schemas.answered import merged
from app.api.schemas.prodplan import DispatchAnswer
from app.api.slots import SlotPool
from app.api.snapshot_reading import CurrentReading, OfRun, Reading
from app.ingestion.reports.csv_text import BYTE_ORDER_MARK, csv_lines
from app.planning.dispatch_list import DispatchEntry, DispatchList, dispatch_list

router = admitting_router("prodplan")
OF_THE_PHASE = ("phase_id", "phase_name")
COLUMNS = (*OF_THE_PHASE, *DispatchEntry.model_fields)
MOST = 1_000_000


class DispatchQuery(OpenWorkQuery):
    """Filters, and how much is listed."""

    limit: WholeNumber = Field(50, ge=1, le=500, description="most executions listed of each phase")


def found_list(reading: Reading, query: OpenWorkQuery, limit: int) -> DispatchList:
    return dispatch_list(
        reading.connection,
        reading.run,
        query.include,
        query.narrowing(),
        limit=limit,
        product_names=reading.supports("product_name"),
        estimates=reading.supports("slack_days"),
    )


@router.get(**declared("/api/prodplan/dispatch", answer=DispatchAnswer))
def dispatch(reading: CurrentReading, query: Annotated[DispatchQuery, Query()]) -> DispatchAnswer:
    """Work in process and queued at each phase, the most urgent first, and the numbers of those qualified for it."""
    return merged(DispatchAnswer, reading.answered(), found_list(reading, query, query.limit))


@router.get(
    **declared(
        "/api/prodplan/dispatch.csv", 404, 410, listed=DispatchEntry, rate=Rate.DOWNLOAD, slot_pool=SlotPool.NONE
    ),
    response_class=CsvAnswer,
)
async def dispatch_whole(backend: Shared, query: Annotated[OpenWorkQuery, Query()], run_id: OfRun = None) -> CsvAnswer:
    """The whole dispatch list, a line for each execution."""
    run, found = await read_whole(backend, run_id, lambda reading: found_list(reading, query, MOST))
    rows = [
        [phase.phase_id, phase.phase_name, *entry.model_dump(mode="json").values()]
        for phase in found.phases
        for entry in phase.entries
    ]
    text = BYTE_ORDER_MARK + csv_lines([COLUMNS, *(["" if cell is None else cell for cell in row] for row in rows)])
    headers = {"Content-Disposition": f'attachment; filename="dispatch_{run.run_id}.csv"'}
    return CsvAnswer(iter([text]), headers=headers)
