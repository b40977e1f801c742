"""The declared standing of open orders, read from open_orders.toml: production work, over (terminal) or old (stale)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from app.features.errors import DeclarationError

DECLARATION = Path(__file__).with_name("open_orders.toml")
MOST_DAYS = 36_500


class Standing(StrEnum):
    """An open order has exactly one; docs/kpis.md, "Orders that are over"."""

    PRODUCTION = "PRODUCTION"
    TERMINAL = "TERMINAL"
    STALE = "STALE"


class TerminalClass(StrEnum):
    """Ways in which production of an open order is over."""

    DELIVERED = "DELIVERED"
    IN_USE = "IN_USE"
    REUSED = "REUSED"
    SCRAPPED = "SCRAPPED"
    STORED = "STORED"


SCOPES: dict[str, tuple[Standing, ...]] = {
    "PRODUCTION": (Standing.PRODUCTION,),
    "WITH_TERMINAL": (Standing.PRODUCTION, Standing.TERMINAL),
    "WITH_STALE": (Standing.PRODUCTION, Standing.STALE),
    "ALL": (Standing.PRODUCTION, Standing.TERMINAL, Standing.STALE),
}
"""Sets of open orders over which figures are computed: production work, alone or with terminal or stale orders."""


@dataclass(frozen=True, slots=True)
class OpenOrderDeclaration:
    """stale_after_days: days of 24 h. terminal: class by phase number."""

    stale_after_days: int
    terminal: dict[int, TerminalClass]


@cache
def load_open_orders(path: Path = DECLARATION) -> OpenOrderDeclaration:
    """The declaration. Raises DeclarationError when the file cannot be read, a field is missing or of the wrong type, a
    phase is declared twice or has no number, or the age is not a whole number of days from 1 to 36,500."""
    terminal: dict[int, TerminalClass] = {}
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        days = read["stale_after_days"]
        for entry in read["terminal"]:
            for number in entry["phases"]:
                if int(number) in terminal:
                    raise DeclarationError(f"{path.name} declares phase {number} twice")
                terminal[int(number)] = TerminalClass(entry["class"])
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise DeclarationError(f"{path.name} cannot be read as a declaration of open orders: {error}") from error
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= MOST_DAYS:
        raise DeclarationError(f"{path.name}: stale_after_days is a whole number from 1 to {MOST_DAYS:,}, not {days!r}")
    return OpenOrderDeclaration(days, terminal)
