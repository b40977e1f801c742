"""The routers of the pages."""

from __future__ import annotations

from app.api.web import (
    changes_page,
    data,
    excel_links,
    gates,
    load_page,
    materials,
    order_pages,
    quality_page,
    risk_page,
    sign_in,
    static_files,
    today,
)

AREAS = (
    today,
    order_pages,
    load_page,
    risk_page,
    quality_page,
    materials,
    changes_page,
    data,
    gates,
    excel_links,
    sign_in,
    static_files,
)
