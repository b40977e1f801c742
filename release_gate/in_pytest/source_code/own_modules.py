"""The gate's own functions as they were loaded, before code of a project could change them."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from operator import attrgetter, is_, itemgetter
from types import FunctionType
from typing import Any

PACKAGE = "release_gate"
CODE = attrgetter("__code__")


class OwnModules:
    """Every function and class of the gate that is loaded now."""

    def __init__(self) -> None:
        self._spaces = {place: (space, names) for place, (space, names) in _spaces() if names}
        # The first name twice, because itemgetter gives a tuple from two names on.
        self._read = [(itemgetter(next(iter(names)), *names), space) for space, names in self._spaces.values()]
        self._values = self._now()
        own = [one for _, names in self._spaces.values() for one in names.values()]
        self._functions = [one for one in own if type(one) is FunctionType]
        self._codes = [*map(CODE, self._functions)]

    def _now(self) -> list[Any]:
        return [value for read, space in self._read for value in read(space)]

    def altered(self) -> list[str]:
        """The names of functions and classes that were replaced or have other code. Fast: it runs around each check."""
        found: list[str] = []
        try:
            # By identity: an object in the place of a function may claim to equal anything.
            same = all(map(is_, self._now(), self._values))
        except KeyError:  # one is gone
            same = False
        for place, (space, names) in () if same else self._spaces.items():
            found += [f"{place}.{name}" for name, value in names.items() if space.get(name) is not value]
        if [*map(CODE, self._functions)] != self._codes:
            changed = zip(self._functions, self._codes, strict=True)
            found += [f"{one.__module__}.{one.__qualname__}" for one, code in changed if one.__code__ is not code]
        return found


def _spaces() -> Iterator[tuple[str, tuple[Mapping[str, Any], dict[str, Any]]]]:
    """The names in each module and class that belong to the gate."""
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
