"""Open work by phase as SQL: stored of the whole run, counted from the rows of one product."""

from __future__ import annotations

from app.ingestion.tables.aggregate_tables import PHASE_LOADS
from app.ingestion.tables.standing_statement import STANDING
from app.planning.snapshot.narrowing import Narrowing

_STORED_STANDING = """(SELECT s.standing FROM core.open_orders AS s
                        WHERE s.run_id = :run_id AND s.work_order_id = orders_of_product.work_order_id)"""
_OF_ROWS = PHASE_LOADS.format(OrdensFabrico="orders_of_product", FasesOrdemFabrico="phases_of_product")
OF_RUN = "(SELECT * FROM core.phase_loads WHERE run_id = :run_id)"
OF_PRODUCT = f"""(
    WITH orders_of_product AS (
        SELECT * FROM core.work_orders WHERE run_id = :run_id AND product_id = :product
    ), phases_of_product AS (
        SELECT p.* FROM core.order_phases AS p
         WHERE p.run_id = :run_id AND p.work_order_id IN (SELECT work_order_id FROM orders_of_product)
    ), {_OF_ROWS.strip().removeprefix("WITH ").replace(STANDING, _STORED_STANDING)})"""
"""Rows of core.phase_loads."""


def loads(narrowing: Narrowing) -> str:
    """SQL of the loads that an answer needs."""
    return OF_RUN if narrowing.product is None else OF_PRODUCT
