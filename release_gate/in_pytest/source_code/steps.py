"""Generators of tests whose cases are the steps of one, as with pytest-steps: the first case begins it."""

from __future__ import annotations

from types import FunctionType, GeneratorType
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

Place: TypeAlias = tuple[object, ...]
BEGUN: WeakKeyDictionary[FunctionType, GeneratorType[Any, Any, Any]] = WeakKeyDictionary()
"""The generator that a test's function has returned last."""


def keep(function: FunctionType, result: object) -> None:
    """Keep what a test's function returned, if it is a generator."""
    if type(result) is GeneratorType:
        BEGUN[function] = result


def place_of(function: FunctionType) -> Place | None:
    """The line and the values at which its generator stands; None without one."""
    begun = BEGUN.get(function)
    if begun is None:
        return None
    frame = begun.gi_frame
    return (frame.f_lasti, *map(id, frame.f_locals.values())) if frame is not None else ()
