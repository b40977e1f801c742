"""Quality errors."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from app.api.admission import admitting_router
from app.api.routers.file_tables import MOST, PHASE, ReadTable, Table, mixed_table, nested_table, table_of
from app.api.routers.queries import ErrorsQuery, ProductErrorsQuery, QualityRiskQuery, RiskFilter
from app.api.routers.route_declaration import declared
from app.api.routers.table_files import with_files
from app.api.schemas.answered import merged
from app.api.schemas.quality import (
    ChecklistAnswer,
    CulpritMatrixAnswer,
    CulpritsAnswer,
    FirstPassAnswer,
    ParetoAnswer,
    ParetoByPhaseAnswer,
    ParetoByProductAnswer,
    QualityAnswer,
    QualityByPhaseAnswer,
    QualityByProductAnswer,
    QualityRiskAnswer,
)
from app.api.snapshot_reading import CurrentReading, Reading
from app.features.value_gates import PRODUTO_JOIN
from app.planning.quality import quality, quality_rates
from app.planning.quality.checklist_lines import ChecklistLine, checklist
from app.planning.quality.culprit_matrix import MatrixCell, culprit_matrix
from app.planning.quality.first_pass import PhaseYield, first_pass_yield
from app.planning.quality.pareto import ParetoEntry, ProductPareto, pareto, pareto_by_phase, pareto_by_product
from app.planning.quality.quality_risk import PhaseRisk, ProductRisk, QualityRisk, quality_risk

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


@router.get(**declared("/api/quality/pareto/by-phase", answer=ParetoByPhaseAnswer))
def by_phase_and_description(reading: CurrentReading, query: Annotated[ErrorsQuery, Query()]) -> ParetoByPhaseAnswer:
    """The descriptions of the quality errors of each judging phase, the most frequent first, with their shares."""
    result = pareto_by_phase(reading.connection, reading.run, query.chosen())
    return merged(ParetoByPhaseAnswer, reading.answered(), result)


@router.get(**declared("/api/quality/pareto/by-product", answer=ParetoByProductAnswer))
def by_product_and_description(
    reading: CurrentReading, query: Annotated[ProductErrorsQuery, Query()]
) -> ParetoByProductAnswer:
    """The descriptions of the quality errors of each product's orders, with their shares; products in pages."""
    result = pareto_by_product(reading.connection, reading.run, query.chosen(), limit=query.limit, offset=query.offset)
    return merged(ParetoByProductAnswer, reading.answered(), result)


@router.get(**declared("/api/quality/checklist", answer=ChecklistAnswer))
def good_remarks(reading: CurrentReading, query: Annotated[ErrorsQuery, Query()]) -> ChecklistAnswer:
    """The declared lines of the checklist that are remarks and no errors, and their rows."""
    return merged(ChecklistAnswer, reading.answered(), checklist(reading.connection, reading.run, query.chosen()))


@router.get(**declared("/api/quality/first-pass-yield", answer=FirstPassAnswer))
def first_pass(reading: CurrentReading, query: Annotated[ErrorsQuery, Query()]) -> FirstPassAnswer:
    """Share of the finished executions of each judging phase that no error names, the lowest first."""
    result = first_pass_yield(reading.connection, reading.run, query.chosen())
    return merged(FirstPassAnswer, reading.answered(), result)


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
    """Phases and products by errors per finished execution and per order, those of the highest severity first."""
    return merged(QualityRiskAnswer, reading.answered(), found_risk(reading, query, query.limit))


def found_risk(reading: Reading, query: RiskFilter, limit: int) -> QualityRisk:
    """The phases and products that the filter leaves, by risk."""
    return quality_risk(
        reading.connection,
        reading.run,
        query.chosen(),
        minimum_population=query.minimum_population,
        limit=limit,
        products=reading.supports(PRODUTO_JOIN),
    )


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


@with_files(router, "/api/quality/pareto")
def pareto_table(query: Annotated[ErrorsQuery, Query()]) -> ReadTable:
    """Every description of the quality errors, a line for each."""

    def read(reading: Reading) -> Table:
        found = pareto(reading.connection, reading.run, query.chosen())
        return table_of("errors_by_description", ParetoEntry, found.descriptions)

    return read


@with_files(router, "/api/quality/pareto/by-phase")
def pareto_by_phase_table(query: Annotated[ErrorsQuery, Query()]) -> ReadTable:
    """The descriptions of the quality errors of each judging phase, a line for each."""

    def read(reading: Reading) -> Table:
        found = pareto_by_phase(reading.connection, reading.run, query.chosen())
        groups = ((phase, phase.descriptions) for phase in found.phases)
        return nested_table("pareto_by_phase", PHASE, ParetoEntry, groups)

    return read


@with_files(router, "/api/quality/pareto/by-product", listed=ProductPareto)
def pareto_by_product_table(query: Annotated[ErrorsQuery, Query()]) -> ReadTable:
    """The descriptions of the quality errors of each product's orders, a line for each."""

    def read(reading: Reading) -> Table:
        found = pareto_by_product(reading.connection, reading.run, query.chosen(), limit=MOST, offset=0)
        groups = ((product, product.descriptions) for product in found.products)
        return nested_table("pareto_by_product", ("product_id", "product_name"), ParetoEntry, groups)

    return read


@with_files(router, "/api/quality/checklist")
def remarks_table(query: Annotated[ErrorsQuery, Query()]) -> ReadTable:
    """The declared lines of the checklist, a line for each."""

    def read(reading: Reading) -> Table:
        found = checklist(reading.connection, reading.run, query.chosen())
        return table_of("checklist_lines", ChecklistLine, found.lines)

    return read


@with_files(router, "/api/quality/first-pass-yield")
def first_pass_table(query: Annotated[ErrorsQuery, Query()]) -> ReadTable:
    """Share of the finished executions that no error names, a line for each judging phase."""

    def read(reading: Reading) -> Table:
        found = first_pass_yield(reading.connection, reading.run, query.chosen())
        return table_of("first_pass_yield", PhaseYield, found.phases)

    return read


@with_files(router, "/api/quality/by-phase")
def judging_table(query: Annotated[ErrorsQuery, Query()]) -> ReadTable:
    """Quality errors, a line for each phase that judged."""

    def read(reading: Reading) -> Table:
        found = quality_rates.quality_by_phase(reading.connection, reading.run, query.chosen())
        return table_of("errors_by_phase", quality_rates.PhaseQuality, found.phases)

    return read


@with_files(router, "/api/quality/by-product", listed=quality_rates.ProductQuality)
def products_table(query: Annotated[ErrorsQuery, Query()]) -> ReadTable:
    """Quality errors of the orders, a line for each product."""

    def read(reading: Reading) -> Table:
        found = quality_rates.quality_by_product(reading.connection, reading.run, query.chosen(), limit=MOST, offset=0)
        return table_of("errors_by_product", quality_rates.ProductQuality, found.products)

    return read


@with_files(router, "/api/quality/risk", listed=ProductRisk)
def risk_table(query: Annotated[RiskFilter, Query()]) -> ReadTable:
    """Errors per execution and per order by severity, a line for each phase, then for each product."""

    def read(reading: Reading) -> Table:
        found = found_risk(reading, query, MOST)
        return mixed_table("quality_risk", [PhaseRisk, ProductRisk], phase=found.phases, product=found.products or ())

    return read


@with_files(router, "/api/quality/by-culprit-phase")
def culprits_table(query: Annotated[ErrorsQuery, Query()]) -> ReadTable:
    """Quality errors, a line for each phase held responsible."""

    def read(reading: Reading) -> Table:
        found = quality.by_culprit_phase(reading.connection, reading.run, query.chosen())
        return table_of("errors_by_culprit_phase", quality.PhaseErrors, found.by_culprit_phase)

    return read


@with_files(router, "/api/quality/culprit-matrix")
def matrix_table(query: Annotated[ErrorsQuery, Query()]) -> ReadTable:
    """Quality errors, a line for each pair of judging phase and phase held responsible."""

    def read(reading: Reading) -> Table:
        found = culprit_matrix(reading.connection, reading.run, query.chosen())
        return table_of("errors_by_phase_and_culprit", MatrixCell, found.cells)

    return read
