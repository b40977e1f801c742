"""The application: routers, problems, and the resources that its routes share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from app.api.admission import AdmittedRoute
from app.api.descriptors import AcceptFailures
from app.api.http import problems
from app.api.http.body_bounds import BodyBounds, bounds_of
from app.api.http.compression import Compressed
from app.api.http.http_semantics import HttpSemantics
from app.api.metrics import Measured
from app.api.openapi import documented, made_once, operation_id
from app.api.plant_backends import PlantBackends, default_backend
from app.api.plant_routing import PlantRouting
from app.api.routers import (
    changes,
    dispatch,
    distributions,
    ingestion,
    kpis,
    master_data,
    order_list,
    order_parts,
    prodplan,
    quality,
    rejected,
    rollback,
    smartinventory,
)
from app.api.routers.service import documentation, metrics, operations
from app.api.routers.service import plants as plant_list
from app.api.routers.simulation import capacity, kept_scenarios, promise, whatif
from app.api.snapshot_reading import Backend
from app.api.web import pages
from app.api.web.problem_page import outside_of_routes
from app.config import Settings
from app.database.access.roles import Roles
from app.database.revisions.latest import latest as latest_revision
from app.database.urls import normalise
from app.plants.directory import load_directory

TITLE, VERSION = "PRODPLAN 4.0 OS", "4.0.0"
AREAS = (
    prodplan,
    promise,
    order_list,
    order_parts,
    dispatch,
    kpis,
    distributions,
    quality,
    smartinventory,
    whatif,
    kept_scenarios,
    capacity,
    changes,
    master_data,
    ingestion,
    rejected,
    rollback,
    operations,
    plant_list,
    documentation,
    metrics,
)


def create_app(settings: Settings, *, database_url: str | sa.URL, roles: Roles, head: str | None = None) -> FastAPI:
    """The API on one database, as the role `roles.api`.

    head: the schema revision that /api/ready asks for; by default the newest one of this installation. No connection is
    made before the first request. Raises UnsupportedDatabase for a URL that is not PostgreSQL.
    """
    url = normalise(database_url)
    backend = default_backend(load_directory(settings).settings_of(), url, roles, head or latest_revision())
    plants = PlantBackends(settings, backend, url, roles)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_exception_handler(AcceptFailures())
        yield
        plants.close()

    app = FastAPI(
        title=TITLE,
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        generate_unique_id_function=operation_id,
        # A redirect would contain the host of the Host header.
        redirect_slashes=False,
    )
    app.state.backend, app.state.plants = backend, plants
    problems.install(app, outside_of_routes)
    for area in (*AREAS, *pages.AREAS):
        assert all(isinstance(route, AdmittedRoute) for route in area.router.routes), f"{area.__name__} admits anybody"
        app.include_router(area.router)
    _add_middleware(app, backend, plants)
    app.openapi = made_once(lambda: documented(app, keys_required=settings.keys_required))  # type: ignore[method-assign]
    return app


def _add_middleware(app: FastAPI, backend: Backend, plants: PlantBackends) -> None:
    settings = backend.settings
    # The last one added is the outermost.
    app.add_middleware(PlantRouting, plants=plants)
    app.add_middleware(BodyBounds, bounds=bounds_of(settings))
    app.add_middleware(Compressed)
    app.add_middleware(Measured, metrics=backend.metrics)
    app.add_middleware(HttpSemantics)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "If-None-Match"],
            expose_headers=["ETag", "Location", "Retry-After", "WWW-Authenticate"],
        )
