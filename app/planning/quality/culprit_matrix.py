"""Quality errors by the phase that judged and the phase held responsible. Definitions: docs/kpis.md, "Quality"."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import Field

from app.planning.quality.judged_errors import ALL, COUNTED_BY_SEVERITY, ErrorFilter
from app.planning.quality.quality import SeverityCounts
from app.planning.snapshot.answer import Answer
from app.planning.snapshot.live_run import Run

CELLS = f"""
    , cell AS (
        SELECT e.evaluation_phase_id, c.phase_id AS culprit_phase_id,
               e.culprit_order_phase_id IS NULL AS is_without_culprit, {COUNTED_BY_SEVERITY}
          FROM error AS e
          LEFT JOIN core.order_phases AS c ON c.run_id = :run_id AND c.order_phase_id = culprit_order_phase_id
         GROUP BY 1, 2, 3
    )
    SELECT cell.*, ep.name AS evaluation_phase_name, cp.name AS culprit_phase_name
      FROM cell
      LEFT JOIN core.phases AS ep ON ep.run_id = :run_id AND ep.phase_id = evaluation_phase_id
      LEFT JOIN core.phases AS cp ON cp.run_id = :run_id AND cp.phase_id = culprit_phase_id
     ORDER BY errors DESC, evaluation_phase_id, culprit_phase_id"""


class MatrixCell(Answer):
    """The errors that one phase judged and of which one phase is held responsible."""

    evaluation_phase_id: int
    evaluation_phase_name: str | None = Field(description="null: the phase is not in Fases")
    culprit_phase_id: int
    culprit_phase_name: str | None = Field(description="null: the phase is not in Fases")
    errors: int
    by_severity: SeverityCounts


class CulpritMatrix(Answer):
    """Pairs of phases with at least one error; attributed + unknown + without = all errors."""

    attributed_errors: int
    unknown_culprit_errors: int = Field(description="the culprit named is not in FasesOrdemFabrico")
    without_culprit_errors: int = Field(description="no culprit named")
    cells: list[MatrixCell] = Field(description="most errors first")


def culprit_matrix(connection: sa.Connection, run: Run, chosen: ErrorFilter = ALL) -> CulpritMatrix:
    """Counts by pair of phases. Rests on the gate error_attribution."""
    rows = connection.execute(sa.text(chosen.errors() + CELLS), chosen.bound(run)).mappings().all()
    attributed = [row for row in rows if row["culprit_phase_id"] is not None]
    without = sum(row["errors"] for row in rows if row["is_without_culprit"])
    known = sum(row["errors"] for row in attributed)
    return CulpritMatrix(
        attributed_errors=known,
        unknown_culprit_errors=sum(row["errors"] for row in rows) - without - known,
        without_culprit_errors=without,
        cells=[
            MatrixCell(
                **{name: row[name] for name in MatrixCell.model_fields if name != "by_severity"},
                by_severity=SeverityCounts(**{name: row[name] for name in SeverityCounts.model_fields}),
            )
            for row in attributed
        ],
    )
