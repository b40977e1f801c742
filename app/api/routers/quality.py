"""Quality errors."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from app.api.admission import admitting_router
from app.api.http.streaming import CsvAnswer, WorkbookAnswer
from app.api.routers.ingestion import Shared
from app.api.routers.queries import ErrorsQuery, ProductErrorsQuery, QualityRiskQuery
from app.api.routers.route_declaration import declared
from app.api.routers.table_files import ReadTable, Table, csv_file, file_of, table_of, workbook_file
from app.api.schemas.answered import merged
from app.api.schemas.quality import (
    CulpritMatrixAnswer,
    CulpritsAnswer,
    ParetoAnswer,
    QualityAnswer,
    QualityByPhaseAnswer,
    QualityByProductAnswer,
    QualityRiskAnswer,
)
from app.api.snapshot_reading import CurrentReading, OfRun, Reading
from app.features.value_gates import PRODUTO_JOIN
from app.planning.quality import quality, quality_rates
from app.planning.quality.culprit_matrix import culprit_matrix
from app.planning.quality.pareto import ParetoEntry, pareto
from app.planning.quality.quality_risk import quality_risk

router = admitting_router("quality")


@router.get(**declared("/api/quality/overview", answer=QualityAnswer))
def quality_overview(reading: CurrentReading, query: Annotated[ErrorsQuery, Query()]) -> QualityAnswer:
    """Quality errors by severity, judging phase and description, of the whole run or of a period."""
    result = quality.quality_overview(reading.connection, reading.run, query.chosen())
    return merged(QualityAnswer, reading.answered(), result)


@router.get(**declared("/api/quality/pareto", answer=ParetoAnswer))
def by_description(reading: CurrentReading, query: Annotated[ErrorsQuery, Query()]) -> ParetoAnswer:
    """Every description of the quality errors, the most frequent first, with its share of the whole."""
    return merged(ParetoAnswer, reading.answered(), pareto(reading.connection, reading.run, query.chosen()))


def pareto_table(query: ErrorsQuery) -> ReadTable:
    """A line for each description."""

    def read(reading: Reading) -> Table:
        found = pareto(reading.connection, reading.run, query.chosen())
        return table_of("errors_by_description", ParetoEntry, found.descriptions)

    return read


@router.get(**file_of("/api/quality/pareto.csv"), response_class=CsvAnswer)
async def pareto_csv(backend: Shared, query: Annotated[ErrorsQuery, Query()], run_id: OfRun = None) -> CsvAnswer:
    """Every description of the quality errors, a line for each."""
    return await csv_file(backend, run_id, pareto_table(query))


@router.get(**file_of("/api/quality/pareto.xlsx"), response_class=WorkbookAnswer)
async def pareto_workbook(
    backend: Shared, query: Annotated[ErrorsQuery, Query()], run_id: OfRun = None
) -> WorkbookAnswer:
    """Every description of the quality errors as a workbook."""
    return await workbook_file(backend, run_id, pareto_table(query))


@router.get(**declared("/api/quality/by-phase", answer=QualityByPhaseAnswer))
def by_phase(reading: CurrentReading, query: Annotated[ErrorsQuery, Query()]) -> QualityByPhaseAnswer:
    """Quality errors by the phase that judged, of the run or a period: severities, orders, rate per execution."""
    result = quality_rates.quality_by_phase(reading.connection, reading.run, query.chosen())
    return merged(QualityByPhaseAnswer, reading.answered(), result)


@router.get(**declared("/api/quality/by-product", answer=QualityByProductAnswer))
def by_product(reading: CurrentReading, query: Annotated[ProductErrorsQuery, Query()]) -> QualityByProductAnswer:
    """Quality errors of the orders by product, most errors first, in pages."""
    result = quality_rates.quality_by_product(
        reading.connection, reading.run, query.chosen(), limit=query.limit, offset=query.offset
    )
    return merged(QualityByProductAnswer, reading.answered(), result)


@router.get(**declared("/api/quality/risk", answer=QualityRiskAnswer))
def risk(reading: CurrentReading, query: Annotated[QualityRiskQuery, Query()]) -> QualityRiskAnswer:
    """Phases and products by severity-weighted errors per finished execution and per order, the highest first."""
    result = quality_risk(
        reading.connection,
        reading.run,
        query.chosen(),
        minimum_population=query.minimum_population,
        limit=query.limit,
        products=reading.supports(PRODUTO_JOIN),
    )
    return merged(QualityRiskAnswer, reading.answered(), result)


@router.get(**declared("/api/quality/by-culprit-phase", answer=CulpritsAnswer))
def by_culprit_phase(reading: CurrentReading, query: Annotated[ErrorsQuery, Query()]) -> CulpritsAnswer:
    """Quality errors by the phase of the execution held responsible, of the whole run or of a period."""
    result = quality.by_culprit_phase(reading.connection, reading.run, query.chosen())
    return merged(CulpritsAnswer, reading.answered(), result)


@router.get(**declared("/api/quality/culprit-matrix", answer=CulpritMatrixAnswer))
def judging_by_culprit(reading: CurrentReading, query: Annotated[ErrorsQuery, Query()]) -> CulpritMatrixAnswer:
    """Quality errors by judging phase and phase held responsible, of the whole run or of a period."""
    result = culprit_matrix(reading.connection, reading.run, query.chosen())
    return merged(CulpritMatrixAnswer, reading.answered(), result)
