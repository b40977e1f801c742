"""Two answers compared field by field; figures that are sums or quotients of floats may differ in the last digits."""

from __future__ import annotations

import math
from typing import Any

RELATIVE, ABSOLUTE = 1e-9, 1e-9


def differences(expected: Any, actual: Any, at: str = "$") -> list[str]:
    """The places where the answers differ, with both values; empty when they agree."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        lacking = [f"{at}.{key}: missing" for key in expected.keys() - actual.keys()]
        surplus = [f"{at}.{key}: not expected" for key in actual.keys() - expected.keys()]
        common = [
            line for key in expected if key in actual for line in differences(expected[key], actual[key], f"{at}.{key}")
        ]
        return lacking + surplus + common
    if isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual):
            return [f"{at}: expected {len(expected)} items, found {len(actual)}"]
        pairs = enumerate(zip(expected, actual, strict=True))
        return [line for place, (one, other) in pairs for line in differences(one, other, f"{at}[{place}]")]
    return [] if _same(expected, actual) else [f"{at}: expected {expected!r}, found {actual!r}"]


def _same(expected: Any, actual: Any) -> bool:
    if isinstance(expected, bool) or isinstance(actual, bool):
        return expected is actual
    if isinstance(expected, int) and isinstance(actual, int):
        return expected == actual
    if isinstance(expected, int | float) and isinstance(actual, int | float):
        return math.isclose(expected, actual, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return bool(expected == actual)
