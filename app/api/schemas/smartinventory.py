"""Work in process as inventory."""

from __future__ import annotations

from app.api.schemas.answered import Answered
from app.planning.gelcoat import GelcoatUsage
from app.planning.inventory import Inventory
from app.planning.mass import WipMass


class InventoryAnswer(Answered, Inventory):
    """Work in process as inventory."""


class WipMassAnswer(Answered, WipMass):
    """Mass of the work in process."""


class GelcoatUsageAnswer(Answered, GelcoatUsage):
    """Theoretical usage of gelcoat."""
