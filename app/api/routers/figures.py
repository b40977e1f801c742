"""Key figures, inventory and quality."""

from __future__ import annotations

from fastapi import APIRouter

from app.api.reading import CurrentReading
from app.api.routers.declaration import declared
from app.api.schemas import CulpritsAnswer, EmployeesAnswer, InventoryAnswer, OverviewAnswer, QualityAnswer, merged
from app.planning import employees, inventory, kpis, quality

router = APIRouter()


@router.get(**declared("/api/kpis/overview"), response_model=OverviewAnswer, tags=["kpis"])
def overview(reading: CurrentReading) -> OverviewAnswer:
    """Orders, lead time, on-time delivery, throughput, rework and errors of the whole run."""
    answer: OverviewAnswer = merged(OverviewAnswer, reading.answered(), kpis.overview(reading.connection, reading.run))
    return answer


@router.get(**declared("/api/kpis/by-employee"), response_model=EmployeesAnswer, tags=["kpis"])
def by_employee(reading: CurrentReading) -> EmployeesAnswer:
    """Assignments, phases and elapsed hours by employee number."""
    result = employees.by_employee(reading.connection, reading.run)
    answer: EmployeesAnswer = merged(EmployeesAnswer, reading.answered("employee_productivity"), result)
    return answer


@router.get(**declared("/api/smartinventory/wip"), response_model=InventoryAnswer, tags=["smartinventory"])
def wip(reading: CurrentReading) -> InventoryAnswer:
    """Open phases and the weight recorded on them, per phase."""
    result = inventory.work_in_process(reading.connection, reading.run)
    answer: InventoryAnswer = merged(InventoryAnswer, reading.answered(), result)
    return answer


@router.get(**declared("/api/quality/overview"), response_model=QualityAnswer, tags=["quality"])
def quality_overview(reading: CurrentReading) -> QualityAnswer:
    """Quality errors by severity, judging phase and description."""
    result = quality.quality_overview(reading.connection, reading.run)
    answer: QualityAnswer = merged(QualityAnswer, reading.answered(), result)
    return answer


@router.get(**declared("/api/quality/by-culprit-phase"), response_model=CulpritsAnswer, tags=["quality"])
def by_culprit_phase(reading: CurrentReading) -> CulpritsAnswer:
    """Quality errors by the phase of the execution held responsible."""
    result = quality.by_culprit_phase(reading.connection, reading.run)
    answer: CulpritsAnswer = merged(CulpritsAnswer, reading.answered("error_attribution"), result)
    return answer
