"""SQL of the open work at each phase: of the whole run as it is stored, or counted for one product or period."""

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
"""Rows of the same columns as core.phase_loads, counted from the orders of the product and the period alone."""


def loads(narrowing: Narrowing) -> str:
    """The stored loads, unless they are narrowed to a product or a period; then SQL that counts them.

    A phase does not narrow them: the statement around this one selects it.
    """
    return OF_RUN if narrowing.product is None and narrowing.due is None else OF_CHOSEN_ORDERS
