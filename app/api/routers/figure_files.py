"""Load, work by age and the risk queue as files for Excel."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from app.api.admission import admitting_router
from app.api.http.streaming import CsvAnswer, WorkbookAnswer
from app.api.routers.ingestion import Shared
from app.api.routers.prodplan import found_risks
from app.api.routers.queries import OpenWorkQuery
from app.api.routers.simulation.capacity import LoadQuery, found_load
from app.api.routers.table_files import ReadTable, Table, csv_file, file_of, table_of, workbook_file
from app.api.snapshot_reading import OfRun, Reading
from app.planning.risk import OrderRisk
from app.planning.simulation.weekly_load import PhaseWeek
from app.planning.wip_age import AgeBucket, work_by_age

router = admitting_router("prodplan")
MOST = 1_000_000
PHASE = ("phase_id", "phase_name")
OF_WEEK = tuple(PhaseWeek.model_fields)
LATER, UNDATED = "later", "undated"
"""Work that is due behind the last week shown, and work of orders without transport date."""


def load_table(query: LoadQuery) -> ReadTable:
    """A line for each phase and week; `due` names the two lines of each phase that belong to no week."""

    def read(reading: Reading) -> Table:
        rows = []
        for phase in found_load(reading, query).phases:
            head = (phase.phase_id, phase.phase_name, phase.places)
            rows += [(*head, "week", *(getattr(week, name) for name in OF_WEEK)) for week in phase.weeks]
            for due, hours in ((LATER, phase.later_work_hours), (UNDATED, phase.undated_work_hours)):
                rows.append((*head, due, *(hours if name == "work_hours" else None for name in OF_WEEK)))
        return Table("load", (*PHASE, "places", "due", *OF_WEEK), rows)

    return read


def ages_table(query: OpenWorkQuery) -> ReadTable:
    """A line for each phase and range of ages."""

    def read(reading: Reading) -> Table:
        found = work_by_age(reading.connection, reading.run, query.include, query.narrowing())
        rows = [
            (phase.phase_id, phase.phase_name, *(getattr(age, name) for name in AgeBucket.model_fields))
            for phase in found.phases
            for age in phase.ages
        ]
        return Table("work_by_age", (*PHASE, *AgeBucket.model_fields), rows)

    return read


def risk_table(query: OpenWorkQuery) -> ReadTable:
    """A line for each order of the risk queue."""
    return lambda reading: table_of("risk_queue", OrderRisk, found_risks(reading, query, MOST).orders)


@router.get(**file_of("/api/prodplan/load.csv"), response_class=CsvAnswer)
async def load_csv(backend: Shared, query: Annotated[LoadQuery, Query()], run_id: OfRun = None) -> CsvAnswer:
    """Open work against capacity, a line for each phase and week."""
    return await csv_file(backend, run_id, load_table(query))


@router.get(**file_of("/api/prodplan/load.xlsx"), response_class=WorkbookAnswer)
async def load_workbook(backend: Shared, query: Annotated[LoadQuery, Query()], run_id: OfRun = None) -> WorkbookAnswer:
    """Open work against capacity as a workbook."""
    return await workbook_file(backend, run_id, load_table(query))


@router.get(**file_of("/api/prodplan/wip_age.csv"), response_class=CsvAnswer)
async def ages_csv(backend: Shared, query: Annotated[OpenWorkQuery, Query()], run_id: OfRun = None) -> CsvAnswer:
    """Work in process and queued, a line for each phase and range of ages."""
    return await csv_file(backend, run_id, ages_table(query))


@router.get(**file_of("/api/prodplan/wip_age.xlsx"), response_class=WorkbookAnswer)
async def ages_workbook(
    backend: Shared, query: Annotated[OpenWorkQuery, Query()], run_id: OfRun = None
) -> WorkbookAnswer:
    """Work in process and queued by age as a workbook."""
    return await workbook_file(backend, run_id, ages_table(query))


@router.get(**file_of("/api/prodplan/risk_queue.csv", listed=OrderRisk), response_class=CsvAnswer)
async def risk_csv(backend: Shared, query: Annotated[OpenWorkQuery, Query()], run_id: OfRun = None) -> CsvAnswer:
    """The whole risk queue, a line for each order."""
    return await csv_file(backend, run_id, risk_table(query))


@router.get(**file_of("/api/prodplan/risk_queue.xlsx", listed=OrderRisk), response_class=WorkbookAnswer)
async def risk_workbook(
    backend: Shared, query: Annotated[OpenWorkQuery, Query()], run_id: OfRun = None
) -> WorkbookAnswer:
    """The first 20,000 orders of the risk queue as a workbook."""
    return await workbook_file(backend, run_id, risk_table(query))
