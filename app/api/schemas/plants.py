"""The plants of this service."""

from __future__ import annotations

from pydantic import BaseModel, Field


class PlantAnswer(BaseModel):
    """One plant."""

    plant: str
    is_default: bool = Field(description="addresses without a plant mean this one")
    address: str = Field(description="beginning of its addresses: what follows /api/ in another's stands behind it")


class PlantsAnswer(BaseModel):
    """The plants that the caller may ask about."""

    plants: list[PlantAnswer]
