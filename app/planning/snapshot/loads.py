"""Open work by phase as SQL: stored of the whole run, counted from the rows of one product or period."""

from __future__ import annotations

from app.ingestion.tables.aggregate_tables import PHASE_LOADS
from app.ingestion.tables.standing_statement import STANDING
from app.planning.snapshot.narrowing import OF_PRODUCT_AND_DUE, Narrowing

_STORED_STANDING = """(SELECT s.standing FROM core.open_orders AS s
                        WHERE s.run_id = :run_id AND s.work_order_id = chosen_orders.work_order_id)"""
_OF_ROWS = PHASE_LOADS.format(OrdensFabrico="chosen_orders", FasesOrdemFabrico="chosen_phases")
OF_RUN = "(SELECT * FROM core.phase_loads WHERE run_id = :run_id)"
OF_CHOSEN_ORDERS = f"""(
    WITH chosen_orders AS (
        SELECT o.* FROM core.work_orders AS o WHERE o.run_id = :run_id AND {OF_PRODUCT_AND_DUE}
    ), chosen_phases AS (
        SELECT p.* FROM core.order_phases AS p
         WHERE p.run_id = :run_id AND p.work_order_id IN (SELECT work_order_id FROM chosen_orders)
    ), {_OF_ROWS.strip().removeprefix("WITH ").replace(STANDING, _STORED_STANDING)})"""
"""Rows of core.phase_loads."""


def loads(narrowing: Narrowing) -> str:
    """SQL of the loads that an answer needs."""
    return OF_RUN if narrowing.product is None and narrowing.due is None else OF_CHOSEN_ORDERS
