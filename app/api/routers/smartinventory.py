"""Work in process as inventory."""

from __future__ import annotations

from fastapi import APIRouter

from app.api.reading import CurrentReading
from app.api.routers.declaration import declared
from app.api.schemas.answered import merged
from app.api.schemas.smartinventory import InventoryAnswer
from app.planning import inventory

router = APIRouter(tags=["smartinventory"])


@router.get(**declared("/api/smartinventory/wip"), response_model=InventoryAnswer)
def wip(reading: CurrentReading) -> InventoryAnswer:
    """Open phases and the weight recorded on them, per phase."""
    result = inventory.work_in_process(reading.connection, reading.run)
    answer: InventoryAnswer = merged(InventoryAnswer, reading.answered(), result)
    return answer
