"""Strict equality: True is not 1 and NaN equals nothing, at any depth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from operator import eq
from types import SimpleNamespace
from typing import Any

NUMPY_BOOLS = frozenset({"bool", "bool_"})
"""The names of numpy's bool class, since version 2 and before."""


def is_truth(value: Any) -> bool:
    """True for a bool of Python or of numpy, which is none of Python's."""
    kind = type(value)
    return isinstance(value, bool) or (kind.__module__ == "numpy" and kind.__name__ in NUMPY_BOOLS)


def holds(compared: Any) -> bool:
    """The truth of a comparison's outcome; False for a list or another object that is merely not empty."""
    return bool(compared) and bool(eq(compared, True))


def same(actual: Any, expected: Any) -> bool:
    """True if both are equal and contain nowhere a bool beside a number, or a NaN."""
    return holds(actual == expected) and _alike(actual, expected)


def _alike(one: Any, other: Any) -> bool:
    """True if two values that Python calls equal are also strictly equal."""
    if isinstance(one, str | bytes | bytearray):
        return True
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        keys = {key: key for key in other}
        return all(_alike(key, keys[key]) and same(value, other[key]) for key, value in one.items())
    if isinstance(one, Set) and isinstance(other, Set):
        members = {member: member for member in other}
        return all(_alike(member, members[member]) for member in one)
    if isinstance(one, Sequence) and isinstance(other, Sequence):
        return all(same(*pair) for pair in zip(one, other, strict=True))
    if isinstance(one, SimpleNamespace) and isinstance(other, SimpleNamespace):
        return _alike(vars(one), vars(other))
    if type(one) is type(other):
        pairs = [(getattr(one, name), getattr(other, name)) for name in _compared_fields(one)]
        # A class of its own equality may leave out a field, in which two equal objects then differ.
        if not all(_alike(*pair) for pair in pairs if pair[0] is pair[1] or pair[0] == pair[1]):
            return False
    return is_truth(one) is is_truth(other) and bool(one == one)


def _compared_fields(value: Any) -> Iterator[str]:
    """The fields that decide the equality of a dataclass, an attrs class, a msgspec Struct or a pydantic model."""
    kind = type(value)
    if is_dataclass(kind):
        yield from (part.name for part in fields(kind) if part.compare)
    yield from (part.name for part in getattr(kind, "__attrs_attrs__", ()) if part.eq)
    yield from getattr(kind, "__struct_fields__", ())
    yield from getattr(kind, "__pydantic_fields__", ())
