"""Hands a request for `/api/plants/NAME/…` to the route of `/api/…` with that plant's backend."""

from __future__ import annotations

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.admission import key_of, no_such_plant
from app.api.http.plant_path import PlantPath, enter, plant_path
from app.api.http.problems import Problem, answer
from app.api.plant_backends import PlantBackends


class PlantRouting:
    """ASGI middleware. Where keys are required, a plant's addresses all need one, public routes too: otherwise their
    answers would tell anybody which plants there are."""

    def __init__(self, app: ASGIApp, plants: PlantBackends) -> None:
        self._app, self._plants = app, plants

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = plant_path(scope["path"]) if scope["type"] == "http" else None
        if found is not None:
            try:
                await self._enter(scope, found)
            except Problem as problem:
                await answer(problem, Request(scope))(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _enter(self, scope: Scope, found: PlantPath) -> None:
        default = self._plants.default
        key = await key_of(Request(scope), default) if default.settings.keys_required else None
        backend = await self._plants.found(found.plant) if key is None or key.is_for(found.plant) else None
        if backend is None:
            raise no_such_plant()
        enter(scope, found, backend)
