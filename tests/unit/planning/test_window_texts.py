"""Texts that state the length of a window agree with its constant, THROUGHPUT_DAYS or PLACES_DAYS.

Docstrings of routes and entries of the catalogue cannot contain the constant itself.
"""

from __future__ import annotations

import re
from pathlib import Path

from app.database.schema.aggregates import PLACES_DAYS, THROUGHPUT_DAYS

APP = Path(__file__).parents[3] / "app"
WINDOW = re.compile(r"\b(?:last|últimos)\s+(\d+)\s+(?:days|dias)\b")


def test_each_text_states_the_length_of_a_window() -> None:
    stated = {
        f"{path.relative_to(APP)}: {days}": int(days)
        for path in APP.rglob("*")
        if path.suffix in (".py", ".toml", ".j2")
        for days in WINDOW.findall(path.read_text(encoding="utf-8"))
    }
    assert {name.split("/")[0] for name in stated} >= {"api", "planning"}
    assert {name: days for name, days in stated.items() if days not in (THROUGHPUT_DAYS, PLACES_DAYS)} == {}
