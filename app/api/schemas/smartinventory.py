"""Work in process as inventory."""

from __future__ import annotations

from app.api.schemas.answered import Answered
from app.planning.inventory import Inventory


class InventoryAnswer(Answered, Inventory):
    """Work in process as inventory."""
