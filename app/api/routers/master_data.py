"""Catalogues: phases, products, employees by number, skills."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from app.api.admission import admitting_router
from app.api.routers.queries import Page
from app.api.routers.route_declaration import declared
from app.api.schemas.answered import merged
from app.api.schemas.master_data import EmployeesNumbersAnswer, PhasesAnswer, ProductsAnswer, SkillsAnswer
from app.api.snapshot_reading import CurrentReading
from app.planning import master_data

router = admitting_router("catalogue")


@router.get(**declared("/api/catalogue/phases", answer=PhasesAnswer))
def phases(reading: CurrentReading) -> PhasesAnswer:
    """All phases of Fases, in the factory's flow."""
    return merged(PhasesAnswer, reading.answered(), master_data.phase_catalogue(reading.connection, reading.run))


@router.get(**declared("/api/catalogue/products", answer=ProductsAnswer))
def products(reading: CurrentReading, query: Annotated[Page, Query()]) -> ProductsAnswer:
    """The products of Modelos by number, in pages."""
    found = master_data.product_catalogue(reading.connection, reading.run, limit=query.limit, offset=query.offset)
    return merged(ProductsAnswer, reading.answered(), found)


@router.get(**declared("/api/catalogue/employees", answer=EmployeesNumbersAnswer))
def employees(reading: CurrentReading) -> EmployeesNumbersAnswer:
    """All employees by number; never a name."""
    found = master_data.employee_catalogue(reading.connection, reading.run)
    return merged(EmployeesNumbersAnswer, reading.answered(), found)


@router.get(**declared("/api/catalogue/skills", answer=SkillsAnswer))
def skills(reading: CurrentReading) -> SkillsAnswer:
    """The skill matrix: phases by employee, and employees by phase."""
    return merged(SkillsAnswer, reading.answered(), master_data.skill_matrix(reading.connection, reading.run))
