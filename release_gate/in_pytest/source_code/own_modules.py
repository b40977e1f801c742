"""The gate's own functions in this process: as they were loaded, before any code of a project could change them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from operator import attrgetter
from types import FunctionType
from typing import Any

PACKAGE = "release_gate"
CODE = attrgetter("__code__")


class OwnModules:
    """Every function and class of the gate that is loaded now."""

    def __init__(self) -> None:
        spaces = dict(_spaces())
        self._spaces = [(place, names, [*names], [*names.values()]) for place, (_, names) in spaces.items()]
        self._where: list[Mapping[str, Any]] = [space for space, _ in spaces.values()]
        self._functions = [one for _, names in spaces.values() for one in names.values() if type(one) is FunctionType]
        self._codes = [*map(CODE, self._functions)]

    def altered(self) -> list[str]:
        """Name what is another function or class by now, or has other code. Fast: it runs around each check."""
        found = []
        for (place, names, keys, values), space in zip(self._spaces, self._where, strict=True):
            if [*map(space.get, keys)] != values:
                found += [f"{place}.{name}" for name, value in names.items() if space.get(name) is not value]
        if [*map(CODE, self._functions)] != self._codes:
            changed = zip(self._functions, self._codes, strict=True)
            found += [f"{one.__module__}.{one.__qualname__}" for one, code in changed if one.__code__ is not code]
        return found


def _spaces() -> Iterator[tuple[str, tuple[Mapping[str, Any], dict[str, Any]]]]:
    """List the names of each module and class, and what of the gate they name."""
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == PACKAGE:
            own = {key: value for key, value in list(vars(module).items()) if _is_own(value)}
            yield name, (vars(module), own)
            for key, value in own.items():
                if isinstance(value, type) and value.__module__ == name:
                    methods = {one: kept for one, kept in vars(value).items() if isinstance(kept, FunctionType)}
                    yield f"{name}.{key}", (vars(value), methods)


def _is_own(value: object) -> bool:
    return isinstance(value, FunctionType | type) and value.__module__.partition(".")[0] == PACKAGE
