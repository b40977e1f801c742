"""The worker: carries out requested ingestions in a process of its own."""

from __future__ import annotations

from app.worker.carrying import Station
from app.worker.service import work

__all__ = ["Station", "work"]
