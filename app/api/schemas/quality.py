"""Quality errors."""

from __future__ import annotations

from app.api.schemas.answered import Answered
from app.planning.quality import CulpritPhases, QualityOverview


class QualityAnswer(Answered, QualityOverview):
    """Quality errors."""


class CulpritsAnswer(Answered, CulpritPhases):
    """Quality errors by culprit phase."""
