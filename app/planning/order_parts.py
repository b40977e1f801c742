"""Parts of one order: its quality errors, and the people who worked on it. Definitions: docs/kpis.md, "Order list"."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from pydantic import Field

from app.planning.orders import COMPLETED, OrderPhase, order_phases
from app.planning.snapshot.answer import Answer
from app.planning.snapshot.errors_alone import is_error, is_line
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.local_time import LocalTime

ERRORS = """
    SELECT e.*, ep.name AS evaluation_phase_name, {culprit_name} AS culprit_phase_name
      FROM (SELECT description, severity, evaluation_phase_id, evaluation_order_phase_id, culprit_order_phase_id,
                   (SELECT j.finished_at FROM core.order_phases AS j
                     WHERE j.run_id = :run_id AND j.order_phase_id = evaluation_order_phase_id) AS judged_at,
                   {culprit} AS culprit_phase_id
              FROM core.quality_errors AS q
             WHERE run_id = :run_id AND work_order_id = :work_order_id AND {is_error} OFFSET 0) AS e
      LEFT JOIN core.phases AS ep ON ep.run_id = :run_id AND ep.phase_id = e.evaluation_phase_id {culprit_names}"""
"""Executions are looked up one by one: for a join the planner's estimate is so high that it reads all of them."""
CULPRIT = """(SELECT c.phase_id FROM core.order_phases AS c
                     WHERE c.run_id = :run_id AND c.order_phase_id = culprit_order_phase_id)"""
CULPRIT_NAMES = "LEFT JOIN core.phases AS cp ON cp.run_id = :run_id AND cp.phase_id = e.culprit_phase_id"
NOT_A_LINE = is_error("q")
WITH_CULPRITS = sa.text(
    ERRORS.format(culprit=CULPRIT, culprit_name="cp.name", culprit_names=CULPRIT_NAMES, is_error=NOT_A_LINE)
)
WITHOUT_CULPRITS = sa.text(ERRORS.format(culprit="NULL", culprit_name="NULL", culprit_names="", is_error=NOT_A_LINE))
CHECKLIST_ROWS = sa.text(f"""
    SELECT count(*) FROM core.quality_errors AS q
     WHERE q.run_id = :run_id AND q.work_order_id = :work_order_id AND {is_line("q")}
""")
WORKED = sa.text("""
    SELECT a.order_phase_id, a.employee_id, a.is_chief
      FROM core.order_phases AS p
      JOIN core.phase_assignments AS a ON a.run_id = :run_id AND a.order_phase_id = p.order_phase_id
     WHERE p.run_id = :run_id AND p.work_order_id = :work_order_id
     ORDER BY a.order_phase_id, a.employee_id
""")
QUALIFIED = sa.text("""
    SELECT s.phase_id, s.employee_id
      FROM core.skills AS s
      JOIN core.employees AS e ON e.run_id = :run_id AND e.employee_id = s.employee_id
     WHERE s.run_id = :run_id AND e.is_active
       AND s.phase_id IN (SELECT phase_id FROM core.order_phases
                           WHERE run_id = :run_id AND work_order_id = :work_order_id)
     ORDER BY s.phase_id, s.employee_id
""")


class OrderError(Answer):
    """One quality error of an order: one row of OrdemFabricoErros. Times are factory-local."""

    description: str
    severity: int = Field(description="1 minor, 2 major, 3 critical")
    evaluation_phase_id: int
    evaluation_phase_name: str | None = Field(description="null: the phase is not in Fases")
    evaluation_order_phase_id: int
    judged_at: LocalTime | None = Field(description="end of the execution that judged; null: unknown, or none yet")
    culprit_order_phase_id: int | None = Field(description="the execution held responsible; null: none is named")
    culprit_phase_id: int | None = Field(description="its phase; null: none, unknown, or the data does not support it")
    culprit_phase_name: str | None = Field(description="null: as culprit_phase_id, or the phase is not in Fases")


class OrderErrors(Answer):
    """The quality errors of one order, in the order in which they were judged."""

    work_order_id: int
    checklist_rows: int = Field(description="remarks of the checklist that something is good; no errors")
    errors: list[OrderError]


class Worker(Answer):
    """One employee who worked on an execution."""

    employee_id: int
    is_chief: bool


class PhasePeople(Answer):
    """One execution with the people who worked on it, and those who may."""

    order_phase_id: int
    sequence: int
    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    workers: list[Worker]
    qualified_employees: list[int] = Field(description="numbers of active employees with this phase as a skill")


class OrderPeople(Answer):
    """The people of one order by execution, in routing order."""

    work_order_id: int
    phases: list[PhasePeople]


def order_errors(connection: sa.Connection, run: Run, work_order_id: int, *, culprits: bool) -> OrderErrors | None:
    """The errors of one order; None when the run holds no such order.

    culprits: False leaves the culprit's phase null, because the data does not support the attribution.
    """
    parameters = run.bound(work_order_id=work_order_id)
    if connection.execute(COMPLETED, parameters).scalar_one_or_none() is None:
        return None
    rows = connection.execute(WITH_CULPRITS if culprits else WITHOUT_CULPRITS, parameters).mappings()
    errors = [OrderError.model_validate(dict(row)) for row in sorted(rows, key=_judged)]
    remarks = connection.execute(CHECKLIST_ROWS, parameters).scalar_one()
    return OrderErrors(work_order_id=work_order_id, checklist_rows=remarks, errors=errors)


def _judged(row: Any) -> tuple[Any, ...]:
    """The time of judging, errors without one last; then the execution, severity, description, culprit."""
    culprit = row["culprit_order_phase_id"]
    return (
        (True,) if row["judged_at"] is None else (False, row["judged_at"]),
        row["evaluation_order_phase_id"],
        row["evaluation_phase_id"],
        -row["severity"],
        row["description"],
        (culprit is None, culprit or 0),
    )


def order_people(connection: sa.Connection, run: Run, work_order_id: int) -> OrderPeople | None:
    """The people who worked on one order, and those who may; None when the run holds no such order.

    Rests on the gate employee_productivity.
    """
    found = order_phases(connection, run, work_order_id)
    if found is None:
        return None
    parameters = run.bound(work_order_id=work_order_id)
    workers, qualified = defaultdict(list), defaultdict(list)
    for row in connection.execute(WORKED, parameters):
        workers[row.order_phase_id].append(Worker(employee_id=row.employee_id, is_chief=row.is_chief))
    for row in connection.execute(QUALIFIED, parameters):
        qualified[row.phase_id].append(row.employee_id)

    def people(phase: OrderPhase) -> PhasePeople:
        return PhasePeople(
            order_phase_id=phase.order_phase_id,
            sequence=phase.sequence,
            phase_id=phase.phase_id,
            phase_name=phase.phase_name,
            workers=workers[phase.order_phase_id],
            qualified_employees=qualified[phase.phase_id],
        )

    return OrderPeople(work_order_id=work_order_id, phases=[people(phase) for phase in found.phases])
