"""Work of each employee, by number and never by name. Definitions: docs/kpis.md, "Employee productivity"."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import Field

from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.period import Period, within

BY_EMPLOYEE = sa.text("""
    SELECT w.employee_id, e.is_active, w.assignments, w.matched_assignments, w.chief_assignments, w.finished_phases,
           w.return_phases, w.timed_phases, w.elapsed_hours
      FROM core.employee_work AS w
      LEFT JOIN core.employees AS e ON e.run_id = :run_id AND e.employee_id = w.employee_id
     WHERE w.run_id = :run_id
     ORDER BY w.employee_id
""")

OF_PERIOD = sa.text(f"""
    SELECT w.*, e.is_active
      FROM (SELECT a.employee_id, count(*) AS assignments, count(*) AS matched_assignments,
                   count(*) FILTER (WHERE a.is_chief) AS chief_assignments, count(*) AS finished_phases,
                   count(*) FILTER (WHERE p.is_return) AS return_phases,
                   count(*) FILTER (WHERE p.finished_at >= p.started_at) AS timed_phases,
                   coalesce(date_part('epoch', sum(p.finished_at - p.started_at)
                       FILTER (WHERE p.finished_at >= p.started_at)) / 3600, 0) AS elapsed_hours
              FROM core.phase_assignments AS a
              JOIN core.order_phases AS p ON p.run_id = :run_id AND p.order_phase_id = a.order_phase_id
             WHERE a.run_id = :run_id AND {within("p.finished_at")}
             GROUP BY a.employee_id) AS w
      LEFT JOIN core.employees AS e ON e.run_id = :run_id AND e.employee_id = w.employee_id
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
    elapsed_hours: Figure = Field(description="sum of end - start over timed_phases; shared phases count for each")


class EmployeeProductivity(Answer):
    """The employees with an assignment, by number; with a period: to a phase that was finished in it."""

    employees: list[EmployeeWork]


def by_employee(connection: sa.Connection, run: Run, period: Period | None = None) -> EmployeeProductivity:
    """Assignments, phases and elapsed hours per employee. Rests on the gate employee_productivity.

    period: only assignments to phases that were finished in it.
    """
    parameters = run.bound() if period is None else run.bound(**period.bound(run.as_of))
    rows = connection.execute(BY_EMPLOYEE if period is None else OF_PERIOD, parameters).mappings()
    return EmployeeProductivity(employees=[EmployeeWork.model_validate(dict(row)) for row in rows])
