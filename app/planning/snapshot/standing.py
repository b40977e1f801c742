"""Open orders by standing, and the standings in the scope of a figure; docs/kpis.md, "Orders that are over"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from app.features.open_orders import SCOPES, Standing, TerminalClass
from app.planning.snapshot.answer import Answer, Figure
from app.ratios import ratio

Include = Literal["terminal", "stale", "terminal,stale", "stale,terminal"]
"""Values of the parameter `include`: open orders to count beside production work."""

INCLUDE_TEXT = (
    "open orders to count beside production work: terminal (at a declared phase behind production), stale (older than "
    "declared), or both; without it neither"
)


IN_SCOPE = """o.work_order_id = ANY (ARRAY(
               SELECT work_order_id FROM core.open_orders WHERE run_id = :run_id AND standing = ANY(:standings)))"""
"""SQL: the open order `o` is in scope. An array, because for a join the planner's estimate is many times too high."""


class ClassOrders(Answer):
    """The open orders at terminal phases of one class."""

    terminal_class: TerminalClass
    orders: int


class OpenOrderStanding(Answer):
    """Open orders by standing; the second to the fourth number add up to the first. include changes none of them."""

    open_orders: int = Field(description="orders without a completion")
    production_orders: int = Field(description="neither over nor old: production work")
    open_but_terminal_orders: int = Field(description="at a declared phase behind production")
    stale_orders: int = Field(description="not at such a phase, but created longer ago than declared")
    open_but_terminal_ratio: Figure | None = Field(description="of open_orders; null: none is open")
    stale_ratio: Figure | None = Field(description="of open_orders; null: none is open")
    open_but_terminal_by_class: list[ClassOrders] = Field(description="most orders first; classes without any left out")


def standing_of(counts: Mapping[str, int]) -> OpenOrderStanding:
    """The numbers of open orders from a mapping by PRODUCTION, STALE and class of TERMINAL; missing ones are 0."""
    classes = [ClassOrders(terminal_class=kind, orders=counts[kind]) for kind in TerminalClass if counts.get(kind)]
    production, stale = (counts.get(standing, 0) for standing in (Standing.PRODUCTION, Standing.STALE))
    terminal = sum(one.orders for one in classes)
    total = production + terminal + stale
    return OpenOrderStanding(
        open_orders=total,
        production_orders=production,
        open_but_terminal_orders=terminal,
        stale_orders=stale,
        open_but_terminal_ratio=ratio(terminal, total),
        stale_ratio=ratio(stale, total),
        open_but_terminal_by_class=sorted(classes, key=lambda one: (-one.orders, one.terminal_class)),
    )


def scope_of(include: Include | None) -> str:
    """The scope as core.phase_loads names it."""
    asked = {Standing.PRODUCTION, *(Standing(one.upper()) for one in (include or "").split(",") if one)}
    return next(scope for scope, standings in SCOPES.items() if asked == set(standings))


def standings_in(include: Include | None) -> list[str]:
    """The standings in this scope."""
    return [standing.value for standing in SCOPES[scope_of(include)]]


def orders_in(standing: OpenOrderStanding, include: Include | None) -> int:
    """The number of open orders in this scope."""
    counts = {
        Standing.PRODUCTION: standing.production_orders,
        Standing.TERMINAL: standing.open_but_terminal_orders,
        Standing.STALE: standing.stale_orders,
    }
    return sum(counts[one] for one in SCOPES[scope_of(include)])
