"""Work in process as inventory."""

from __future__ import annotations

from typing import Annotated, NoReturn

from fastapi import Query

from app.api.admission import admitting_router
from app.api.http.problems import Problem
from app.api.routers.file_tables import ReadTable, Table, table_of
from app.api.routers.queries import OpenWorkQuery
from app.api.routers.route_declaration import declared
from app.api.routers.table_files import with_files
from app.api.schemas.answered import merged
from app.api.schemas.smartinventory import GelcoatUsageAnswer, InventoryAnswer, WipMassAnswer
from app.api.snapshot_reading import CurrentReading, Reading, require_supported
from app.features.unsupported import load_unsupported
from app.features.value_gates import PRODUTO_JOIN
from app.planning import inventory
from app.planning.gelcoat import GelcoatUsage, ProductGelcoat, gelcoat_usage
from app.planning.mass import PhaseMass, WipMass, wip_mass

router = admitting_router("smartinventory")
CONSUMPTION = load_unsupported()["/api/smartinventory/consumption_estimate"]


@router.get(**declared("/api/smartinventory/wip", answer=InventoryAnswer))
def wip(reading: CurrentReading, query: Annotated[OpenWorkQuery, Query()]) -> InventoryAnswer:
    """Open phases of production work and the weight recorded on them, per phase."""
    result = inventory.work_in_process(reading.connection, reading.run, query.include, query.narrowing())
    return merged(InventoryAnswer, reading.answered(), result)


@router.get(**declared("/api/smartinventory/wip_mass", answer=WipMassAnswer))
def mass(reading: CurrentReading, query: Annotated[OpenWorkQuery, Query()]) -> WipMassAnswer:
    """Mass (kg) of the started orders of production work, by the phase that they are at."""
    return merged(WipMassAnswer, reading.answered(), found_mass(reading, query))


def found_mass(reading: Reading, query: OpenWorkQuery) -> WipMass:
    """The mass that the query asks for."""
    return wip_mass(
        reading.connection, reading.run, query.include, query.narrowing(), products=reading.supports(PRODUTO_JOIN)
    )


@router.get(
    **declared("/api/smartinventory/gelcoat_theoretical_usage", answer=GelcoatUsageAnswer),
)
def gelcoat(reading: CurrentReading, query: Annotated[OpenWorkQuery, Query()]) -> GelcoatUsageAnswer:
    """Theoretical usage of gelcoat (kg) by production work, and by those completed in the last 30 days."""
    return merged(GelcoatUsageAnswer, reading.answered(), found_gelcoat(reading, query))


def found_gelcoat(reading: Reading, query: OpenWorkQuery) -> GelcoatUsage:
    """The gelcoat that the query asks for."""
    return gelcoat_usage(
        reading.connection, reading.run, query.include, query.narrowing(), products=reading.supports(PRODUTO_JOIN)
    )


@router.get(**declared(CONSUMPTION.guards, 409), status_code=409, response_model=None)
def consumption(reading: CurrentReading) -> NoReturn:
    """Closed: no export holds what an estimate of consumption needs. The answer says what is missing and what would
    open it."""
    raise Problem(
        409,
        "NOT_SUPPORTED_BY_DATA",
        f"The data does not support {CONSUMPTION.name}: the workbook does not hold {'; '.join(CONSUMPTION.missing)}.",
        gate=CONSUMPTION.name,
        reason="NOT_IN_WORKBOOK",
        missing=list(CONSUMPTION.missing),
        instead=CONSUMPTION.instead,
        remedy=CONSUMPTION.remedy,
        run_id=reading.run.run_id,
    )


@with_files(router, "/api/smartinventory/wip")
def weights_table(query: Annotated[OpenWorkQuery, Query()]) -> ReadTable:
    """Open phases of production work and the weight recorded on them, a line for each phase."""

    def read(reading: Reading) -> Table:
        found = inventory.work_in_process(reading.connection, reading.run, query.include, query.narrowing())
        return table_of("wip", inventory.PhaseInventory, found.phases)

    return read


@with_files(router, "/api/smartinventory/wip_mass", listed=PhaseMass)
def mass_table(query: Annotated[OpenWorkQuery, Query()]) -> ReadTable:
    """Mass (kg) of the started orders, a line for each phase."""
    return lambda reading: table_of("wip_mass", PhaseMass, found_mass(reading, query).phases)


@with_files(router, "/api/smartinventory/gelcoat_theoretical_usage", 409, listed=ProductGelcoat)
def gelcoat_table(query: Annotated[OpenWorkQuery, Query()]) -> ReadTable:
    """Theoretical usage of gelcoat (kg), a line for each product."""

    def read(reading: Reading) -> Table:
        require_supported(PRODUTO_JOIN, reading)
        return table_of("gelcoat_theoretical_usage", ProductGelcoat, found_gelcoat(reading, query).products or ())

    return read
