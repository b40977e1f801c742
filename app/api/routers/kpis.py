"""Key figures."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from app.api.admission import admitting_router
from app.api.routers.file_tables import MOST, ReadTable, Table, table_of
from app.api.routers.queries import PeriodQuery, ProductsQuery
from app.api.routers.route_declaration import declared
from app.api.routers.table_files import with_files
from app.api.schemas.answered import merged
from app.api.schemas.kpis import EmployeesAnswer, OverviewAnswer, PhaseKpisAnswer, ProductKpisAnswer
from app.api.snapshot_reading import CurrentReading, Reading
from app.planning import employees
from app.planning.indicators import kpis, phase_kpis, product_kpis

router = admitting_router("kpis")


@router.get(**declared("/api/kpis/overview", answer=OverviewAnswer))
def overview(reading: CurrentReading, query: Annotated[PeriodQuery, Query()]) -> OverviewAnswer:
    """Orders, lead time, on-time delivery, throughput, rework and errors of the whole run, or of a period."""
    result = kpis.overview(reading.connection, reading.run, query.given())
    return merged(OverviewAnswer, reading.answered(), result)


@router.get(**declared("/api/kpis/by-phase", answer=PhaseKpisAnswer))
def by_phase(reading: CurrentReading, query: Annotated[PeriodQuery, Query()]) -> PhaseKpisAnswer:
    """Finished executions, rework, durations, flow time and throughput by phase."""
    result = phase_kpis.by_phase(reading.connection, reading.run, query.given())
    return merged(PhaseKpisAnswer, reading.answered(), result)


@router.get(**declared("/api/kpis/by-product", answer=ProductKpisAnswer))
def by_product(reading: CurrentReading, query: Annotated[ProductsQuery, Query()]) -> ProductKpisAnswer:
    """Orders, lead time, on-time delivery and errors by product, most orders first, in pages."""
    result = product_kpis.by_product(
        reading.connection, reading.run, query.wanted(), limit=query.limit, offset=query.offset
    )
    return merged(ProductKpisAnswer, reading.answered(), result)


@router.get(**declared("/api/kpis/by-employee", answer=EmployeesAnswer))
def by_employee(reading: CurrentReading, query: Annotated[PeriodQuery, Query()]) -> EmployeesAnswer:
    """Assignments, phases and elapsed hours by employee number."""
    result = employees.by_employee(reading.connection, reading.run, query.given())
    return merged(EmployeesAnswer, reading.answered(), result)


@with_files(router, "/api/kpis/by-phase")
def phases_table(query: Annotated[PeriodQuery, Query()]) -> ReadTable:
    """Finished executions, rework, durations, flow time and throughput, a line for each phase."""

    def read(reading: Reading) -> Table:
        found = phase_kpis.by_phase(reading.connection, reading.run, query.given())
        return table_of("by_phase", phase_kpis.PhaseFigures, found.phases)

    return read


@with_files(router, "/api/kpis/by-product", listed=product_kpis.ProductFigures)
def products_table(query: Annotated[PeriodQuery, Query()]) -> ReadTable:
    """Orders, lead time, on-time delivery and errors, a line for each product."""

    def read(reading: Reading) -> Table:
        found = product_kpis.by_product(reading.connection, reading.run, query.wanted(), limit=MOST, offset=0)
        return table_of("by_product", product_kpis.ProductFigures, found.products)

    return read


@with_files(router, "/api/kpis/by-employee")
def employees_table(query: Annotated[PeriodQuery, Query()]) -> ReadTable:
    """Assignments, phases and elapsed hours, a line for each employee number."""

    def read(reading: Reading) -> Table:
        found = employees.by_employee(reading.connection, reading.run, query.given())
        return table_of("by_employee", employees.EmployeeWork, found.employees)

    return read
