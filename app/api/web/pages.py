"""The routers of the pages."""

from __future__ import annotations

from app.api.web import (
    changes_page,
    data,
    excel_links,
    figures_page,
    gates,
    materials,
    order_pages,
    quality_page,
    risk_page,
    sign_in,
    static_files,
    today,
)
from app.api.web.simulation import load_page, what_if_pages

AREAS = (
    today,
    order_pages,
    load_page,
    what_if_pages,
    risk_page,
    quality_page,
    figures_page,
    materials,
    changes_page,
    data,
    gates,
    excel_links,
    sign_in,
    static_files,
)
