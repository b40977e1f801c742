"""What each employee worked on, by number and never by name. Definitions: docs/kpis.md, "Employee productivity"."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import Field

from app.planning.answer import Answer
from app.planning.run import Run

BY_EMPLOYEE = sa.text("""
    WITH worked AS (
        SELECT a.employee_id, a.is_chief, p.order_phase_id IS NOT NULL AS is_known, p.finished_at, p.is_return,
               CASE WHEN p.finished_at >= p.started_at
                    THEN date_part('epoch', p.finished_at - p.started_at) / 3600 END AS hours
          FROM core.phase_assignments AS a
          LEFT JOIN core.order_phases AS p ON p.run_id = :run_id AND p.order_phase_id = a.order_phase_id
         WHERE a.run_id = :run_id
    )
    SELECT w.employee_id, e.is_active,
           count(*) AS assignments,
           count(*) FILTER (WHERE w.is_known) AS matched_assignments,
           count(*) FILTER (WHERE w.is_chief) AS chief_assignments,
           count(w.finished_at) AS finished_phases,
           count(*) FILTER (WHERE w.is_return) AS return_phases,
           count(w.hours) AS timed_phases,
           coalesce(sum(w.hours), 0) AS elapsed_hours
      FROM worked AS w
      LEFT JOIN core.employees AS e ON e.run_id = :run_id AND e.employee_id = w.employee_id
     GROUP BY w.employee_id, e.is_active
     ORDER BY w.employee_id
""")


class EmployeeWork(Answer):
    """One employee's assignments."""

    employee_id: int
    is_active: bool | None = Field(description="null: the employee is not in Funcionarios")
    assignments: int
    matched_assignments: int = Field(description="assignments whose phase exists; the figures below count only these")
    chief_assignments: int = Field(description="of all assignments")
    finished_phases: int
    return_phases: int
    timed_phases: int = Field(description="finished phases whose end does not precede their start")
    elapsed_hours: float = Field(description="sum of end - start over timed_phases; shared phases count for each")


class EmployeeProductivity(Answer):
    """Everybody with an assignment, by number."""

    employees: list[EmployeeWork]


def by_employee(connection: sa.Connection, run: Run) -> EmployeeProductivity:
    """Assignments, phases and elapsed hours per employee. Rests on the gate employee_productivity."""
    rows = connection.execute(BY_EMPLOYEE, run.bound()).mappings()
    return EmployeeProductivity(employees=[EmployeeWork.model_validate(dict(row)) for row in rows])
