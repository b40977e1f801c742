"""The plant whose settings the probes and facts look at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from app.config import Settings, load_settings
from app.plants.directory import load_directory

_PLANT: ContextVar[str | None] = ContextVar("plant", default=None)


def examined_settings() -> Settings:
    """The settings of the plant that is looked at. Raises InvalidSettings, UnknownPlant and PlantsError."""
    return load_directory(load_settings()).settings_of(_PLANT.get())


@contextmanager
def examining(plant: str | None) -> Iterator[None]:
    """Let the probes look at this plant, or at the default one. Raises UnknownPlant."""
    if plant is not None:
        load_directory(load_settings()).require_known(plant)
    token = _PLANT.set(plant)
    try:
        yield
    finally:
        _PLANT.reset(token)
