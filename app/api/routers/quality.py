"""Quality errors."""

from __future__ import annotations

from app.api.admission import admitting_router
from app.api.reading import CurrentReading
from app.api.routers.declaration import declared
from app.api.schemas.answered import merged
from app.api.schemas.quality import CulpritsAnswer, QualityAnswer
from app.planning import quality

router = admitting_router("quality")


@router.get(**declared("/api/quality/overview"), response_model=QualityAnswer)
def quality_overview(reading: CurrentReading) -> QualityAnswer:
    """Quality errors by severity, judging phase and description."""
    result = quality.quality_overview(reading.connection, reading.run)
    answer: QualityAnswer = merged(QualityAnswer, reading.answered(), result)
    return answer


@router.get(**declared("/api/quality/by-culprit-phase"), response_model=CulpritsAnswer)
def by_culprit_phase(reading: CurrentReading) -> CulpritsAnswer:
    """Quality errors by the phase of the execution held responsible."""
    result = quality.by_culprit_phase(reading.connection, reading.run)
    answer: CulpritsAnswer = merged(CulpritsAnswer, reading.answered("error_attribution"), result)
    return answer
