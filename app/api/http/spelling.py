"""Numbers and flags in an address, as JSON spells them: pydantic alone would also take `1_0`, `5.0` and `yes`."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator

DIGITS = re.compile(r"-?\d+", re.ASCII)
FLAGS = ("true", "false")


def _in_digits(given: Any) -> Any:
    if isinstance(given, str) and not DIGITS.fullmatch(given):
        raise ValueError("a whole number is written in digits alone")
    return given


def _true_or_false(given: Any) -> Any:
    if isinstance(given, str) and given not in FLAGS:
        raise ValueError("a flag is true or false")
    return given


IN_DIGITS = BeforeValidator(_in_digits)
"""Annotate a number's bounds first and this after them; before them it removes the bounds from the OpenAPI document."""
WholeNumber = Annotated[int, IN_DIGITS]
Flag = Annotated[bool, BeforeValidator(_true_or_false)]
