"""Hands a request for `/api/plants/NAME/…` to the route of `/api/…` with that plant's backend, and one for
`/plants/NAME/…` to the page."""

from __future__ import annotations

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.admission import key_of, no_such_plant
from app.api.http.plant_path import PlantPath, enter, is_page, plant_path
from app.api.http.problems import Problem, answer
from app.api.plant_backends import PlantBackends
from app.api.snapshot_reading import Backend


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
        if is_page(found):
            enter(scope, found, *await self._page_of(found.plant))
            return
        key = await key_of(Request(scope), default) if default.settings.keys_required else None
        backend = await self._plants.found(found.plant) if key is None or key.is_for(found.plant) else None
        if backend is None:
            raise no_such_plant()
        enter(scope, found, backend)

    async def _page_of(self, plant: str) -> tuple[Backend, Problem | None]:
        """The backend of a page; the default one, with the reason, where the plant is not served."""
        try:
            found = await self._plants.found(plant)
        except Problem as problem:
            return self._plants.default, problem
        return (self._plants.default, no_such_plant()) if found is None else (found, None)
