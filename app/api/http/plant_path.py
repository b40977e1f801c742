"""Addresses of a plant: `/api/plants/NAME/…` is answered by the route of `/api/…`, with that plant's backend, and
`/plants/NAME/…` by the page of `/…`.

The routing puts what it found into the request's scope; addresses that an answer names stay below the plant's.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Request
from starlette.types import Scope

API, METRICS, PLANTS, PAGES = "/api", "/metrics", "/api/plants/", "/plants/"
BACKEND, ASKED, REFUSAL = "prodplan.backend", "prodplan.asked", "prodplan.refusal"
"""Members of the scope: the backend of the plant that the address names, the address as it was asked for, and the
reason why the plant is not served, for a page to show once the caller is known."""


@dataclass(frozen=True, slots=True)
class PlantPath:
    """A plant's name as an address has it, and the path of the route."""

    plant: str
    path: str


def plant_path(path: str) -> PlantPath | None:
    """The plant and the route's path in an address, None for an address of the default plant."""
    name, slash, rest = path.removeprefix(PLANTS).partition("/")
    if path.startswith(PAGES):
        return _page_path(path)
    if not path.startswith(PLANTS) or not slash or not rest or (rest + "/").startswith("plants/"):
        return None
    return PlantPath(unicodedata.normalize("NFC", name), f"{API}/{rest}")


def _page_path(path: str) -> PlantPath | None:
    """The plant and the page's path; None below /api, which takes no session."""
    name, _, rest = path.removeprefix(PAGES).partition("/")
    if not name or (rest + "/").startswith(("api/", "plants/")):
        return None
    return PlantPath(unicodedata.normalize("NFC", name), f"/{rest}")


def is_page(found: PlantPath) -> bool:
    """True for an address of pages."""
    return not found.path.startswith(f"{API}/")


def is_page_address(path: str) -> bool:
    """True for an address that a browser may ask for; those of the API and the metrics are for programs."""
    return path.startswith("/") and not f"{path}/".startswith((f"{API}/", f"{METRICS}/"))


def enter(scope: Scope, found: PlantPath, backend: object, refusal: Exception | None = None) -> None:
    """Let the request go on to the plant's route. The scope is changed in place, because outer layers read it too."""
    scope[ASKED], scope[BACKEND], scope[REFUSAL] = scope["path"], backend, refusal
    scope["path"], scope["raw_path"] = found.path, quote(found.path).encode()


def is_of_plant(request: Request) -> bool:
    """True if the address names a plant."""
    return ASKED in request.scope


def asked_path(request: Request) -> str:
    """The path of the address as it was asked for."""
    path: str = request.scope.get(ASKED, request.scope["path"])
    return path


def asked_plant(request: Request) -> str | None:
    """The plant that the address names."""
    found = plant_path(asked_path(request)) if is_of_plant(request) else None
    return None if found is None else found.plant


def address(request: Request, path: str) -> str:
    """The address of a path, below the plant that the request's own address names."""
    plant = asked_plant(request)
    return path if plant is None else address_below(plant, path)


def address_below(plant: str, path: str) -> str:
    """The address of a path of `/api`, or of a page, below a plant."""
    name = quote(plant, safe="")
    return f"{PLANTS}{name}{path.removeprefix(API)}" if path.startswith(f"{API}/") else f"{PAGES}{name}{path}"
