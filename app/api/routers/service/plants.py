"""The plants of this service."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Request

from app.api.admission import admitting_router
from app.api.http.plant_path import PLANTS
from app.api.plant_backends import PlantBackends
from app.api.routers.route_declaration import declared
from app.api.schemas.plants import PlantAnswer, PlantsAnswer
from app.api.slots import SlotPool

router = admitting_router("plants")


@router.get(**declared("/api/plants", slot_pool=SlotPool.NONE, any_plant=True), response_model=PlantsAnswer)
def plants(request: Request) -> PlantsAnswer:
    """The plants that the caller's key is for. Each address of a plant is `/api/plants/NAME/` and what follows `/api/`;
    addresses without it are those of the default plant."""
    known: PlantBackends = request.app.state.plants
    directory, key = known.directory(), getattr(request.state, "key", None)
    return PlantsAnswer(
        plants=[
            PlantAnswer(plant=plant, is_default=plant == directory.default, address=address_of(plant))
            for plant in directory.names
            if key is None or key.is_for(plant)
        ]
    )


def address_of(plant: str) -> str:
    """The beginning of the plant's addresses."""
    return f"{PLANTS}{quote(plant, safe='')}/"
