"""Cyclic garbage collection, held back while the gate works through thousands of its own objects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from gc import disable, enable, isenabled  # bound here: a check may replace them


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
