"""Work in process as inventory."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from app.api.admission import admitting_router
from app.api.routers.queries import OpenWorkQuery
from app.api.routers.route_declaration import declared
from app.api.schemas.answered import merged
from app.api.schemas.smartinventory import GelcoatUsageAnswer, InventoryAnswer, WipMassAnswer
from app.api.snapshot_reading import CurrentReading
from app.features.value_gates import PRODUTO_JOIN
from app.planning import inventory
from app.planning.gelcoat import gelcoat_usage
from app.planning.mass import wip_mass

router = admitting_router("smartinventory")


@router.get(**declared("/api/smartinventory/wip", answer=InventoryAnswer))
def wip(reading: CurrentReading, query: Annotated[OpenWorkQuery, Query()]) -> InventoryAnswer:
    """Open phases of production work and the weight recorded on them, per phase."""
    result = inventory.work_in_process(reading.connection, reading.run, query.include, query.narrowing())
    return merged(InventoryAnswer, reading.answered(), result)


@router.get(**declared("/api/smartinventory/wip_mass", answer=WipMassAnswer))
def mass(reading: CurrentReading, query: Annotated[OpenWorkQuery, Query()]) -> WipMassAnswer:
    """Mass (kg) of the started orders of production work, by the phase that they are at."""
    result = wip_mass(
        reading.connection, reading.run, query.include, query.narrowing(), products=reading.supports(PRODUTO_JOIN)
    )
    return merged(WipMassAnswer, reading.answered(), result)


@router.get(
    **declared("/api/smartinventory/gelcoat_theoretical_usage", answer=GelcoatUsageAnswer),
)
def gelcoat(reading: CurrentReading, query: Annotated[OpenWorkQuery, Query()]) -> GelcoatUsageAnswer:
    """Theoretical usage of gelcoat (kg) by production work, and by those completed in the last 30 days."""
    result = gelcoat_usage(
        reading.connection, reading.run, query.include, query.narrowing(), products=reading.supports(PRODUTO_JOIN)
    )
    return merged(GelcoatUsageAnswer, reading.answered(), result)
