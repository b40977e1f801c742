"""The routers of the pages."""

from __future__ import annotations

from app.api.web import data, gates, sign_in, static_files, today

AREAS = (today, data, gates, sign_in, static_files)
