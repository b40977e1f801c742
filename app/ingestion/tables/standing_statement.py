"""The standing of each open order as SQL; docs/kpis.md, "Orders that are over, and orders that are old"."""

from __future__ import annotations

from app.features.open_orders import SCOPES, Standing, TerminalClass, load_open_orders

_DECLARED = load_open_orders()


def _at(kinds: tuple[TerminalClass, ...]) -> str:
    """SQL: the order is at a terminal phase of these classes."""
    numbers = sorted(number for number, kind in _DECLARED.terminal.items() if kind in kinds)
    return f"phase_id IN ({', '.join(map(str, numbers))})" if numbers else "false"


STANDING = f"""CASE WHEN {_at(tuple(TerminalClass))} THEN '{Standing.TERMINAL}'
    WHEN created_at < CAST(:as_of AS timestamp) - make_interval(hours => {24 * _DECLARED.stale_after_days})
    THEN '{Standing.STALE}' ELSE '{Standing.PRODUCTION}' END"""
"""SQL over columns of an open order: its standing."""

OPEN_ORDERS = f"""
SELECT run_id, work_order_id, {STANDING} AS standing,
  CASE {" ".join(f"WHEN {_at((kind,))} THEN '{kind}'" for kind in TerminalClass)} END AS terminal_class
FROM {{OrdensFabrico}} WHERE completed_at IS NULL"""
"""Selects the open orders with their standing, and the class of terminal ones."""

SCOPE_ROWS = ", ".join(f"('{scope}', CAST(ARRAY{[*map(str, held)]} AS text[]))" for scope, held in SCOPES.items())
"""Rows of VALUES: each scope with its standings."""

OPEN_BY_STANDING = f"""
SELECT coalesce(jsonb_object_agg(standing, orders), '{{{{}}}}') AS open_by_standing FROM (
  SELECT coalesce(terminal_class, standing) AS standing, count(*) AS orders FROM ({OPEN_ORDERS}) AS o GROUP BY 1
) AS counted"""
"""Numbers of open orders as an object: by PRODUCTION, STALE and each class of TERMINAL."""
