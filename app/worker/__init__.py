"""The worker: carries out the ingestions that were asked for through the API, in a process of its own."""

from __future__ import annotations

from app.worker.service import work

__all__ = ["work"]
