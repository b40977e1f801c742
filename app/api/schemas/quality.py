"""Quality errors."""

from __future__ import annotations

from app.api.schemas.answered import Answered
from app.planning.quality.checklist_lines import Checklist
from app.planning.quality.culprit_matrix import CulpritMatrix
from app.planning.quality.first_pass import FirstPassYield
from app.planning.quality.pareto import Pareto, ParetoByPhase, ParetoByProduct
from app.planning.quality.quality import CulpritPhases, QualityOverview
from app.planning.quality.quality_rates import QualityByPhase, QualityByProduct
from app.planning.quality.quality_risk import QualityRisk


class QualityAnswer(Answered, QualityOverview):
    """Quality errors."""


class QualityByPhaseAnswer(Answered, QualityByPhase):
    """Quality errors by judging phase."""


class QualityByProductAnswer(Answered, QualityByProduct):
    """Quality errors by product, a page."""


class CulpritsAnswer(Answered, CulpritPhases):
    """Quality errors by culprit phase."""


class CulpritMatrixAnswer(Answered, CulpritMatrix):
    """Quality errors by judging and culprit phase."""


class ParetoAnswer(Answered, Pareto):
    """Quality errors by description."""


class ParetoByPhaseAnswer(Answered, ParetoByPhase):
    """Quality errors by judging phase and description."""


class ParetoByProductAnswer(Answered, ParetoByProduct):
    """Quality errors by product and description, a page."""


class ChecklistAnswer(Answered, Checklist):
    """Checklist lines."""


class FirstPassAnswer(Answered, FirstPassYield):
    """First-pass yield by judging phase."""


class QualityRiskAnswer(Answered, QualityRisk):
    """Phases and products by risk."""
