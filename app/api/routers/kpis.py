"""Key figures."""

from __future__ import annotations

from app.api.admission import admitting_router
from app.api.reading import CurrentReading
from app.api.routers.declaration import declared
from app.api.schemas.answered import merged
from app.api.schemas.kpis import EmployeesAnswer, OverviewAnswer
from app.planning import employees, kpis

router = admitting_router("kpis")


@router.get(**declared("/api/kpis/overview"), response_model=OverviewAnswer)
def overview(reading: CurrentReading) -> OverviewAnswer:
    """Orders, lead time, on-time delivery, throughput, rework and errors of the whole run."""
    answer: OverviewAnswer = merged(OverviewAnswer, reading.answered(), kpis.overview(reading.connection, reading.run))
    return answer


@router.get(**declared("/api/kpis/by-employee"), response_model=EmployeesAnswer)
def by_employee(reading: CurrentReading) -> EmployeesAnswer:
    """Assignments, phases and elapsed hours by employee number."""
    result = employees.by_employee(reading.connection, reading.run)
    answer: EmployeesAnswer = merged(EmployeesAnswer, reading.answered("employee_productivity"), result)
    return answer
