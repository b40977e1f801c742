"""The least number of cases that a test has, by its own marks and by the parameters of its fixtures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import prod
from pathlib import Path
from types import CodeType, FunctionType, MethodType
from typing import Any

import pytest

from release_gate.in_pytest.source_code.definitions import fixture_cases


def cases_of_marks(collector: pytest.Collector, obj: object) -> int | None:
    """Multiply the parametrize marks of a function, its class and its module; None if none lists values."""
    counts = [len(values) for values in _values_of_marks(collector, obj) if isinstance(values, Sequence)]
    return prod(counts) if counts else None


def cases_of_fixtures(item: pytest.Item) -> int:
    """Multiply the parameters of the fixtures that a test gets, unless a mark names their values."""
    known: Mapping[str, Sequence[Any]] = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    marked = {name for mark in item.iter_markers("parametrize") for name in _names_in(mark)}
    asked_for = {*getattr(item, "fixturenames", ())} - marked
    return prod(_parameters_of(name, known[name]) for name in known if name in asked_for)


def _parameters_of(name: str, definitions: Sequence[Any]) -> int:
    """The number of parameters of the nearest parametrised fixture of a name.

    An overridden fixture counts if the one that overrides it requests it.
    """
    for fixture in reversed(definitions):
        count = max(len(fixture.params or ()), _declared(fixture))
        if count:
            return count
        if name not in fixture.argnames:
            break
    return 1


def _declared(fixture: Any) -> int:
    """The number of parameters in its decorator or source: a hook may have changed pytest's own object."""
    code = getattr(fixture.func, "__code__", None)
    if not isinstance(code, CodeType):
        return 0
    marker = _marker_of(fixture)
    written = fixture_cases(Path(code.co_filename)).get(code.co_firstlineno, 0)
    return max(len(getattr(marker, "params", None) or ()), written)


def _marker_of(fixture: Any) -> Any:
    """The arguments of @pytest.fixture; pytest keeps them on the function before 8.4, and around it since."""
    place = getattr(fixture.func, "__globals__", {}).get(fixture.func.__name__)
    if getattr(place, "_fixture_function", None) is fixture.func:
        return getattr(place, "_fixture_function_marker", None)
    return getattr(place, "_pytestfixturefunction", None) if isinstance(place, FunctionType) else None


def _values_of_marks(collector: pytest.Collector, obj: object) -> Iterator[Any]:
    if not issubclass(type(obj), type | FunctionType | MethodType | staticmethod | classmethod):
        return  # any other object may raise when its attributes are read
    own = getattr(obj, "pytestmark", ())
    marks = [*own] if isinstance(own, list | tuple) else [own]
    for node in collector.listchain():
        marks += [mark for mark in node.own_markers if mark not in marks]
    for mark in marks:
        if getattr(mark, "name", "") == "parametrize":
            yield mark.args[1] if len(mark.args) > 1 else mark.kwargs.get("argvalues")


def _names_in(mark: pytest.Mark) -> list[str]:
    names = mark.args[0] if mark.args else mark.kwargs.get("argnames", ())
    return [one.strip() for one in names.split(",")] if isinstance(names, str) else [str(one) for one in names]
