"""Key figures."""

from __future__ import annotations

from app.api.schemas.answered import Answered
from app.planning.employees import EmployeeProductivity
from app.planning.kpis import Overview


class OverviewAnswer(Answered, Overview):
    """Key figures."""


class EmployeesAnswer(Answered, EmployeeProductivity):
    """Work by employee."""
