"""Four providers of a PostgreSQL, and the function that chooses one."""

from __future__ import annotations

from app.database.errors import ProviderUnavailable
from app.database.providers.door import KINDS, open_server
from app.database.providers.provided_server import Server

__all__ = ["KINDS", "ProviderUnavailable", "Server", "open_server"]
