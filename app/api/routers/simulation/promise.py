"""The promise date of a new order."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from app.api.admission import admitting_router
from app.api.http.problems import Problem
from app.api.http.spelling import WholeNumber
from app.api.keys.rate_limits import Rate
from app.api.routers.file_tables import ReadTable, Table, nested_table
from app.api.routers.prodplan import PathId
from app.api.routers.queries import IncludeQuery
from app.api.routers.route_declaration import declared
from app.api.routers.table_files import with_files
from app.api.schemas.answered import merged
from app.api.schemas.whatif import PromiseAnswer
from app.api.snapshot_reading import CurrentReading, Reading
from app.features.value_gates import PRODUTO_JOIN
from app.planning.simulation.promise import Promise, PromisedStep, promise

router = admitting_router("prodplan")


class PromiseQuery(IncludeQuery):
    """The number of new orders, and which open orders they share the phases with."""

    orders: WholeNumber = Field(1, ge=1, le=100, description="new orders of the product, promised together")


# Before the route of the answer, in whose address a number could end so.
@with_files(router, "/api/prodplan/promise/{product_id}", rate=Rate.SIMULATION)
def steps_table(product_id: PathId, query: Annotated[PromiseQuery, Query()]) -> ReadTable:
    """Date for new orders of a product, a line for each step of the last of them."""
    heads = ("product_id", "orders", "promise_at", "safe_promise_at")

    def read(reading: Reading) -> Table:
        found = found_promise(reading, product_id, query, product_names=False)
        return nested_table(f"promise_{product_id}", heads, PromisedStep, [(found, found.steps)])

    return read


@router.get(**declared("/api/prodplan/promise/{product_id}", 404, rate=Rate.SIMULATION, answer=PromiseAnswer))
def promise_of_product(
    product_id: PathId, reading: CurrentReading, query: Annotated[PromiseQuery, Query()]
) -> PromiseAnswer:
    """Date for new orders of a product: its standard route dispatched behind all open work, calibrated."""
    found = found_promise(reading, product_id, query, product_names=reading.supports(PRODUTO_JOIN))
    return merged(PromiseAnswer, reading.answered(), found)


def found_promise(reading: Reading, product_id: int, query: PromiseQuery, *, product_names: bool) -> Promise:
    """The promise that the query asks for. Raises 404 as a Problem."""
    found = promise(
        reading.connection, reading.shop, product_id, query.orders, query.include, product_names=product_names
    )
    if found is None:
        detail = f"Run {reading.run.run_id} has no standard route of product {product_id}, or no time to promise from."
        raise Problem(404, "ROUTE_NOT_FOUND", detail)
    return found
