"""Catalogues: phases, products, employees by number, skills."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query

from app.api.admission import admitting_router
from app.api.routers.file_tables import MOST, PHASE, Cell, ReadTable, Table, table_of
from app.api.routers.queries import Page
from app.api.routers.route_declaration import declared
from app.api.routers.table_files import with_files
from app.api.schemas.answered import merged
from app.api.schemas.master_data import EmployeesNumbersAnswer, PhasesAnswer, ProductsAnswer, SkillsAnswer
from app.api.snapshot_reading import CurrentReading, Reading
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


@with_files(router, "/api/catalogue/phases")
def phases_table() -> ReadTable:
    """All phases of Fases, a line for each."""

    def read(reading: Reading) -> Table:
        found = master_data.phase_catalogue(reading.connection, reading.run)
        return table_of("phases", master_data.Phase, found.catalogue)

    return read


@with_files(router, "/api/catalogue/products")
def products_table() -> ReadTable:
    """The products of Modelos, a line for each."""

    def read(reading: Reading) -> Table:
        found = master_data.product_catalogue(reading.connection, reading.run, limit=MOST, offset=0)
        return table_of("products", master_data.Product, found.catalogue)

    return read


@with_files(router, "/api/catalogue/employees")
def employees_table() -> ReadTable:
    """All employees by number, a line for each; never a name."""

    def read(reading: Reading) -> Table:
        found = master_data.employee_catalogue(reading.connection, reading.run)
        return table_of("employees", master_data.Employee, found.catalogue)

    return read


@with_files(router, "/api/catalogue/skills")
def skills_table() -> ReadTable:
    """The skill matrix, a line for each employee and phase; a phase for which nobody is qualified has one without."""

    def read(reading: Reading) -> Table:
        found = master_data.skill_matrix(reading.connection, reading.run)
        names = {phase.phase_id: phase.phase_name for phase in found.phases}
        rows: list[Sequence[Cell]] = [
            (one.employee_id, one.is_active, skill.phase_id, names[skill.phase_id], skill.qualified_at)
            for one in found.employees
            for skill in one.skills
        ]
        nobodys = [phase for phase in found.phases if not phase.qualified_employees]
        rows += [(None, None, phase.phase_id, phase.phase_name, None) for phase in nobodys]
        return Table("skills", ("employee_id", "is_active", *PHASE, "qualified_at"), rows)

    return read
