"""An expectation of one figure, and whether a claim about it holds."""

from __future__ import annotations

from typing import Any

from release_gate.record.expect import Expectation, ExpectationFailed


def of(actual: Any) -> Expectation:
    return Expectation(actual, "level", "l", "the gauge", lambda *_, **__: None)


def holds(claim: Any, *arguments: Any, **named: Any) -> bool:
    try:
        claim(*arguments, **named)
    except ExpectationFailed:
        return False
    return True
