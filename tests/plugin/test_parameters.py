"""Which values of a case may be replaced on the way to its test: those that a known plugin fills in."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from release_gate.in_pytest.parameters import values_of


@pytest.mark.parametrize(
    ("module", "is_compared"),
    [
        ("tests.modes", True),
        ("lazy_modes", True),
        ("pytest_lazy_fixtures.lazy_fixture", False),
        ("pytest_cases", False),
    ],
)
def test_only_a_plugins_own_object_is_left_out_of_the_comparison(module: str, is_compared: bool) -> None:
    value = type("LazyMode", (), {"__module__": module})()
    item: Any = SimpleNamespace(callspec=SimpleNamespace(params={"mode": value}))
    assert ("mode" in values_of(item)) is is_compared
