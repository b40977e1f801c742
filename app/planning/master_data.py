"""The factory's catalogues: phases, products, employees by number, skills. Definitions: docs/kpis.md, "Catalogues"."""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa
from pydantic import Field

from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.local_time import LocalTime

PHASES = sa.text("""
    SELECT phase_id, name, sequence, is_production, is_automatic
      FROM core.phases WHERE run_id = :run_id ORDER BY sequence, phase_id
""")
PRODUCTS = sa.text("""
    SELECT product_id, name, demould_weight_kg, finished_weight_kg, gelcoat_deck_kg, gelcoat_hull_kg,
           (SELECT count(*) FROM core.standard_routes AS r
             WHERE r.run_id = :run_id AND r.product_id = p.product_id) AS route_steps
      FROM core.products AS p WHERE p.run_id = :run_id ORDER BY product_id LIMIT :limit OFFSET :offset
""")
PRODUCTS_TOTAL = sa.text("SELECT count(*) FROM core.products WHERE run_id = :run_id")
EMPLOYEES = sa.text("""
    SELECT employee_id, is_active,
           (SELECT count(*) FROM core.skills AS s
             WHERE s.run_id = :run_id AND s.employee_id = e.employee_id) AS skills
      FROM core.employees AS e WHERE e.run_id = :run_id ORDER BY employee_id
""")
SKILLS = sa.text("""
    SELECT s.employee_id, e.is_active, s.phase_id, s.qualified_at
      FROM core.skills AS s
      LEFT JOIN core.employees AS e ON e.run_id = :run_id AND e.employee_id = s.employee_id
     WHERE s.run_id = :run_id ORDER BY s.employee_id, s.phase_id
""")


class Phase(Answer):
    """One phase of the factory."""

    phase_id: int
    name: str
    sequence: int = Field(description="position in the factory's flow")
    is_production: bool = Field(description="Fase_DeProducao")
    is_automatic: bool = Field(description="runs without an operator")


class Product(Answer):
    """One product of Modelos. A weight or quantity of 0: none was entered."""

    product_id: int
    name: str
    demould_weight_kg: Figure
    finished_weight_kg: Figure
    gelcoat_deck_kg: Figure
    gelcoat_hull_kg: Figure
    route_steps: int = Field(description="steps of its standard route; 0: it has none")


class Employee(Answer):
    """One employee, by number: names never leave the database."""

    employee_id: int
    is_active: bool = Field(description="employed at the time of the export")
    skills: int = Field(description="phases that the employee is qualified for")


class Skill(Answer):
    """One phase that an employee is qualified for."""

    phase_id: int
    qualified_at: LocalTime | None = Field(description="since when; null: not recorded")


class EmployeeSkills(Answer):
    """The skills of one employee: a row of the matrix."""

    employee_id: int
    is_active: bool | None = Field(description="null: the employee is not in Funcionarios")
    skills: list[Skill]


class PhaseQualification(Answer):
    """The employees who are qualified for one phase: a column of the matrix."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    qualified_employees: list[int] = Field(description="their numbers")
    active_employees: int = Field(description="of these, employed at the time of the export")


class PhaseCatalogue(Answer):
    """All phases, in the factory's flow."""

    catalogue: list[Phase]


class ProductCatalogue(Answer):
    """A page of the products, by number."""

    total: int
    catalogue: list[Product]


class EmployeeCatalogue(Answer):
    """All employees, by number."""

    catalogue: list[Employee]


class SkillMatrix(Answer):
    """Skills by employee, and by phase: all phases of Fases, also those that nobody is qualified for."""

    employees: list[EmployeeSkills]
    phases: list[PhaseQualification]


def phase_catalogue(connection: sa.Connection, run: Run) -> PhaseCatalogue:
    """The phases."""
    rows = connection.execute(PHASES, run.bound()).mappings()
    return PhaseCatalogue(catalogue=[Phase.model_validate(dict(row)) for row in rows])


def product_catalogue(connection: sa.Connection, run: Run, *, limit: int, offset: int) -> ProductCatalogue:
    """A page of the products."""
    rows = connection.execute(PRODUCTS, run.bound(limit=limit, offset=offset)).mappings()
    return ProductCatalogue(
        total=connection.execute(PRODUCTS_TOTAL, run.bound()).scalar_one(),
        catalogue=[Product.model_validate(dict(row)) for row in rows],
    )


def employee_catalogue(connection: sa.Connection, run: Run) -> EmployeeCatalogue:
    """The employees' numbers."""
    rows = connection.execute(EMPLOYEES, run.bound()).mappings()
    return EmployeeCatalogue(catalogue=[Employee.model_validate(dict(row)) for row in rows])


def skill_matrix(connection: sa.Connection, run: Run) -> SkillMatrix:
    """The skills, in both directions."""
    rows = connection.execute(SKILLS, run.bound()).all()
    by_employee, by_phase = defaultdict(list), defaultdict(list)
    for row in rows:
        by_employee[row.employee_id, row.is_active].append(row)
        by_phase[row.phase_id].append(row)
    phases: dict[int, str | None] = {row.phase_id: row.name for row in connection.execute(PHASES, run.bound())}
    phases |= dict.fromkeys(sorted(by_phase.keys() - phases.keys()))
    return SkillMatrix(
        employees=[
            EmployeeSkills(
                employee_id=employee,
                is_active=is_active,
                skills=[Skill(phase_id=row.phase_id, qualified_at=row.qualified_at) for row in own],
            )
            for (employee, is_active), own in by_employee.items()
        ],
        phases=[
            PhaseQualification(
                phase_id=phase,
                phase_name=name,
                qualified_employees=[row.employee_id for row in by_phase[phase]],
                active_employees=sum(row.is_active is True for row in by_phase[phase]),
            )
            for phase, name in phases.items()
        ],
    )
