"""Addresses of a plant: `/api/plants/NAME/…` is answered by the route of `/api/…`, with that plant's backend.

The routing puts what it found into the request's scope; addresses that an answer names stay below the plant's.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

from fastapi import Request
from starlette.types import Scope

API, PLANTS = "/api", "/api/plants/"
BACKEND, ASKED = "prodplan.backend", "prodplan.asked"
"""Members of the scope: the backend of the plant that the address names, and the address as it was asked for."""


@dataclass(frozen=True, slots=True)
class PlantPath:
    """A plant's name as an address has it, and the path of the route."""

    plant: str
    path: str


def plant_path(path: str) -> PlantPath | None:
    """The plant and the route's path in an address, None for an address of the default plant."""
    name, slash, rest = path.removeprefix(PLANTS).partition("/")
    if not path.startswith(PLANTS) or not slash or not rest or (rest + "/").startswith("plants/"):
        return None
    return PlantPath(unicodedata.normalize("NFC", name), f"{API}/{rest}")


def enter(scope: Scope, found: PlantPath, backend: object) -> None:
    """Let the request go on to the plant's route. The scope is changed in place, because outer layers read it too."""
    scope[ASKED], scope[BACKEND] = scope["path"], backend
    scope["path"], scope["raw_path"] = found.path, quote(found.path).encode()


def is_of_plant(request: Request) -> bool:
    """True if the address names a plant."""
    return ASKED in request.scope


def asked_path(request: Request) -> str:
    """The path of the address as it was asked for."""
    path: str = request.scope.get(ASKED, request.scope["path"])
    return path


def address(request: Request, path: str) -> str:
    """The address of a path of `/api`, below the plant that the request's own address names."""
    found = plant_path(asked_path(request)) if is_of_plant(request) else None
    return path if found is None else PLANTS + quote(found.plant, safe="") + path.removeprefix(API)
