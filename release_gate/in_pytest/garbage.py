"""Cyclic garbage collection, kept away from thousands of objects in which no garbage of the project can be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from gc import disable, enable, freeze, get_freeze_count, isenabled, unfreeze  # bound here: a check may replace them

SET_ASIDE: list[bool] = []
"""Holds an entry while objects are set aside by this module."""
HELD_BACK: list[bool] = []
"""Holds an entry while `hold_collection_back` has stopped automatic collections."""


def hold_collection_back() -> None:
    """Start no automatic collection until `let_collect`: each would search what pytest and its plugins have loaded."""
    if isenabled():
        disable()
        HELD_BACK.append(True)


def let_collect() -> None:
    """End what `hold_collection_back` began; may be called more than once."""
    if HELD_BACK:
        HELD_BACK.clear()
        enable()


def set_libraries_aside() -> None:
    """Leave the objects of Python, pytest and its plugins out of every collection, until the last check has ended.

    To be called before code of the project runs: of its objects none is left out. Does nothing where the process has
    left objects out itself.
    """
    if not get_freeze_count():
        freeze()
        SET_ASIDE.append(True)


def bring_libraries_back() -> None:
    """Let the next collection find what one of these objects raises as it is destroyed."""
    if SET_ASIDE:
        SET_ASIDE.clear()
        unfreeze()


@contextmanager
def collection_held_back() -> Iterator[None]:
    """Start no automatic collection during the block; each would search every object that pytest holds."""
    enabled = isenabled()
    disable()
    try:
        yield
    finally:
        if enabled:
            enable()
