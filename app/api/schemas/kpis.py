"""Key figures."""

from __future__ import annotations

from app.api.schemas.answered import Answered
from app.planning.employees import EmployeeProductivity
from app.planning.indicators.adherence import ScheduleAdherence
from app.planning.indicators.kpis import Overview
from app.planning.indicators.lead_times import LeadTimeDistribution
from app.planning.indicators.phase_kpis import PhaseKpis
from app.planning.indicators.product_kpis import ProductKpis
from app.planning.indicators.run_figures import FiguresByRun
from app.planning.indicators.trend import Trend


class FiguresByRunAnswer(Answered, FiguresByRun):
    """Key figures by published run, a page."""


class OverviewAnswer(Answered, Overview):
    """Key figures."""


class PhaseKpisAnswer(Answered, PhaseKpis):
    """Key figures by phase."""


class ProductKpisAnswer(Answered, ProductKpis):
    """Key figures by product, a page."""


class EmployeesAnswer(Answered, EmployeeProductivity):
    """Work by employee."""


class TrendAnswer(Answered, Trend):
    """Key figures by week or month."""


class LeadTimesAnswer(Answered, LeadTimeDistribution):
    """Lead times."""


class AdherenceAnswer(Answered, ScheduleAdherence):
    """Schedule adherence."""
