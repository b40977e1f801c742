"""The application: routers, problems, and the resources that its routes share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api import cursor, problems
from app.api.examples import add_examples
from app.api.gatekeeper import Gatekeeper
from app.api.reading import Backend, api_engine
from app.api.routers import kpis, operations, prodplan, quality, smartinventory, whatif
from app.api.schemas.problems import NotSupportedBody, ProblemBody
from app.config import Settings
from app.database.migrate import head as head_of_migrations
from app.database.roles import Roles
from app.database.urls import normalise

TITLE, VERSION = "PRODPLAN 4.0 OS", "4.0.0"
AREAS = (prodplan, kpis, quality, smartinventory, whatif, operations)


def create_app(settings: Settings, *, database_url: str | sa.URL, roles: Roles, head: str | None = None) -> FastAPI:
    """The API on one database, as the role `roles.api`.

    head: the schema revision that /api/ready asks for; by default the head of the migrations at hand. No connection is
    made before the first request. Raises UnsupportedDatabase for a URL that is not PostgreSQL.
    """
    url = normalise(database_url)
    engine = api_engine(url, roles)
    backend = Backend(
        settings=settings,
        engine=engine,
        gatekeeper=Gatekeeper(settings.feature_gates_file),
        cursor_key=cursor.derive_key(url.render_as_string(hide_password=False), roles.prefix),
        head=head or head_of_migrations(),
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        engine.dispose()

    app = FastAPI(
        title=TITLE, version=VERSION, lifespan=lifespan, docs_url="/api/docs", redoc_url=None,
        openapi_url="/api/openapi.json",
    )  # fmt: skip
    app.state.backend = backend
    problems.install(app)
    for area in AREAS:
        app.include_router(area.router)
    app.openapi = lambda: _documented(app)  # type: ignore[method-assign]
    return app


def _documented(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the problems' schemas, which no route returns as its own model, and examples."""
    if app.openapi_schema is None:
        document = get_openapi(title=TITLE, version=VERSION, routes=app.routes)
        schemas = document["components"]["schemas"]
        for model in (ProblemBody, NotSupportedBody):
            schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
            schema.pop("$defs", None)
            schemas[model.__name__] = schema
        add_examples(document)
        app.openapi_schema = document
    return app.openapi_schema
