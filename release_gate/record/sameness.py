"""Strict equality: True is not 1 and NaN equals nothing, at any depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from types import SimpleNamespace
from typing import Any


def same(actual: Any, expected: Any) -> bool:
    """True if both are equal and contain nowhere a bool beside a number, or a NaN."""
    return bool(actual == expected) and _alike(actual, expected)


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
    if is_dataclass(one) and is_dataclass(other) and not isinstance(one, type):
        return all(same(getattr(one, part.name), getattr(other, part.name)) for part in fields(one) if part.compare)
    if isinstance(one, SimpleNamespace) and isinstance(other, SimpleNamespace):
        return _alike(vars(one), vars(other))
    return isinstance(one, bool) is isinstance(other, bool) and bool(one == one)
