"""Decides who may use a route, and how often, before anything of the request but its headers is read.

A FastAPI dependency would come too late: the framework reads and parses the body, an upload too, before it solves any.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.datastructures import DefaultPlaceholder
from fastapi.exceptions import HTTPException
from fastapi.responses import Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from app.api.http.body_bounds import Body
from app.api.http.json_body import StrictRequest
from app.api.http.negotiation import require_accepted
from app.api.http.plant_path import is_of_plant
from app.api.http.problems import MEDIA_TYPE, Problem
from app.api.http.query_names import declared_names, refuse_other_names
from app.api.http.revalidation import spared_if_any_will_do
from app.api.keys.api_keys import ApiKey, Scope
from app.api.keys.rate_limits import Rate
from app.api.slots import SlotPool
from app.api.snapshot_reading import Backend, backend_of
from app.features.gate_declaration import Gate

NONE = "none"
"""Explicit in the document, so that a public route is told from one whose declaration was forgotten."""
CHALLENGE = 'Bearer realm="prodplan"'
FindKey = Callable[[Request, Backend], Awaitable[ApiKey]]


@dataclass(frozen=True, slots=True)
class Admission:
    """A route's requirements of its callers.

    scope: the scope that the key must have; None: a public route. always: a key is needed also where reading needs
    none. rate: a limit that callers share over all routes with it; None: no limit. slot_pool: the pool from which a
    request takes a place. any_plant: a key for other plants than the request's will do.
    """

    scope: Scope | None
    always: bool = False
    rate: Rate | None = None
    slot_pool: SlotPool = SlotPool.READERS
    any_plant: bool = False

    def needs_key(self, keys_required: bool) -> bool:
        """True if the request must carry a key. keys_required: the setting that asks all but public routes for one."""
        return self.scope is not None and (self.always or keys_required)


class Requirements(dict[str, Any]):
    """Members of a route's operation in the OpenAPI document, and the requirements that they document.

    Passed as the route's `openapi_extra`, the only argument of our own that FastAPI hands to a route.
    tagged: the answers have an ETag. gates: those that limit its answers.
    """

    def __init__(
        self,
        admission: Admission,
        body: Body = Body.SMALL,
        *,
        tagged: bool = False,
        gates: tuple[Gate, ...] = (),
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        told = {"x-required-scope": admission.scope or NONE, "x-rate": admission.rate or NONE}
        super().__init__({**(extra or {}), **told})
        self.admission, self.body, self.tagged, self.gates = admission, body, tagged, gates


class AdmittedRoute(APIRoute):
    """A route that checks its admission before it runs; it cannot be built without one."""

    async def admit(self, request: Request) -> None:
        """Let the request pass, or raise 401, 403, 429 or 503 as a Problem."""
        await admit(request, self.admission, key_of)

    def __init__(
        self, path: str, endpoint: Callable[..., Any], *, openapi_extra: dict[str, Any] | None = None, **given: Any
    ) -> None:
        if not isinstance(openapi_extra, Requirements):
            raise TypeError(f"{path} declares no requirements: a route without them would be open to all.")
        self.admission, self.body = openapi_extra.admission, openapi_extra.body
        self.tagged, self.gates = openapi_extra.tagged, openapi_extra.gates
        super().__init__(path, endpoint, openapi_extra=openapi_extra, **given)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        admission = self.admission
        names, form = declared_names(self.dependant), _media_type(self)
        # A client that accepts JSON takes a refusal, as at every other route.
        others = ("application/json",) if form == MEDIA_TYPE else ()

        async def admitted(given: Request) -> Response:
            request = StrictRequest(given.scope, given.receive)
            await self.admit(request)
            refuse_other_names(request, names)
            if form is not None:
                require_accepted(request, form, *others)
            if admission.slot_pool is SlotPool.NONE:
                return spared_if_any_will_do(request, await handle(request))
            await _body_arrived(request)
            backend = backend_of(request)
            async with backend.slot_pools[admission.slot_pool].taken() as waited:
                if waited and await request.is_disconnected():
                    raise client_left()
                return spared_if_any_will_do(request, await handle(request))

        return admitted


def _media_type(route: APIRoute) -> str | None:
    """The media type of the route's answers; None where each answer sets its own."""
    if route.status_code is not None and route.status_code >= 400:
        return MEDIA_TYPE  # it has no answer but this refusal
    declared = route.response_class
    kind = declared.value if isinstance(declared, DefaultPlaceholder) else declared
    return None if kind.media_type is None else kind.media_type.partition(";")[0]


async def _body_arrived(request: Request) -> None:
    """Read the body before a place is taken, so that a slow sender does not hold a place."""
    if request.method in ("GET", "HEAD"):
        return
    try:
        await request.body()
    except ClientDisconnect:
        raise client_left() from None


def client_left() -> HTTPException:
    """The error of a request whose client does not wait for the answer, which nothing needs to compute then."""
    return HTTPException(400, "The client left.")


def admitting_router(tag: str) -> APIRouter:
    """A router of routes that admit."""
    return APIRouter(tags=[tag], route_class=AdmittedRoute)


async def admit(request: Request, admission: Admission, find_key: FindKey) -> None:
    """Let the request pass, or raise 401, 403, 429 or 503 as a Problem. find_key: reads the key of a request."""
    backend = backend_of(request)
    client = f"address {request.client.host}" if request.client else "unknown address"
    if admission.needs_key(backend.settings.keys_required):
        key = await find_key(request, backend)
        request.state.key = key
        if not (admission.any_plant or key.is_for(backend.settings.plant)):
            raise no_such_plant() if is_of_plant(request) else for_other_plants()
        if admission.scope not in key.scopes:
            raise Problem(
                403,
                "SCOPE_MISSING",
                f"This key has not the scope {admission.scope} that this address needs.",
                headers={"WWW-Authenticate": f'{CHALLENGE}, error="insufficient_scope", scope="{admission.scope}"'},
            )
        client = f"key {key.name}"
    request.state.caller = client
    if admission.rate is not None:
        backend.rates.spend(admission.rate, client)


def no_such_plant() -> Problem:
    """The Problem for a plant that is not known, or that the key is not for: nobody learns which of the two."""
    return Problem(404, "PLANT_NOT_FOUND", "There is no plant of this name here, or this API key is not for it.")


def for_other_plants() -> Problem:
    """The Problem for a key that is not for the default plant."""
    detail = "This API key is for other plants: ask below /api/plants/NAME/; /api/plants lists them."
    return Problem(403, "PLANT_NOT_ALLOWED", detail, headers={"WWW-Authenticate": CHALLENGE})


def caller_of(request: Request) -> str:
    """The admitted caller: the name of its key, or its address when it has none."""
    caller: str = request.state.caller
    return caller


async def key_of(request: Request, backend: Backend) -> ApiKey:
    """The valid key of the request. Raises 401 or 503 as a Problem."""
    given = request.headers.getlist("authorization")
    if not given:
        raise Problem(
            401,
            "API_KEY_REQUIRED",
            "This address needs an API key: send it as `Authorization: Bearer KEY`.",
            headers={"WWW-Authenticate": CHALLENGE},
        )
    scheme, _, text = given[0].partition(" ")
    key = await backend.keyring.holder(text.strip()) if len(given) == 1 and scheme.lower() == "bearer" else None
    if key is None:
        raise Problem(
            401,
            "API_KEY_INVALID",
            "This API key is not valid here, or not sent as `Authorization: Bearer KEY`.",
            headers={"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'},
        )
    return key
