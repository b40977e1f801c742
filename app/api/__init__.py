"""The HTTP API: `create_app` builds it, `server.serve` and `server.served` run it."""

from __future__ import annotations

from app.api.application import create_app

__all__ = ["create_app"]
