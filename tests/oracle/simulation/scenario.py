"""A scenario of dispatching the open work, as a test asks for it."""

from __future__ import annotations

from typing import Any, NamedTuple


class Scenario(NamedTuple):
    """capacities: places by phase. include: as the API takes it. more: further members as the API takes them."""

    rule: str
    capacities: dict[int, int]
    include: str | None
    more: dict[str, Any]
