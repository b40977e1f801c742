"""Remarks of the factory's checklist that something is good. Definitions: docs/kpis.md, "Checklist lines"."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import Field

from app.planning.quality.judged_errors import ALL, ErrorFilter
from app.planning.snapshot.answer import Answer
from app.planning.snapshot.live_run import Run

WHOLE = """
    WITH seen AS (
        SELECT phase_id, description, seen_rows AS rows FROM core.checklist_lines WHERE run_id = :run_id
    )"""
OF_PART = """{remarks}, seen AS (
        SELECT evaluation_phase_id AS phase_id, description, count(*) AS rows FROM error GROUP BY 1, 2
    )"""
LINES = """
    SELECT l.phase_id, ph.name AS phase_name, l.description, coalesce(seen.rows, 0) AS rows
      FROM core.checklist_lines AS l
      LEFT JOIN seen USING (phase_id, description)
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = l.phase_id
     WHERE l.run_id = :run_id
     ORDER BY rows DESC, l.phase_id, l.description COLLATE "C" """


class ChecklistLine(Answer):
    """A declared line."""

    phase_id: int = Field(description="the phase that judges by it")
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    description: str
    rows: int = Field(description="of OrdemFabricoErros; no errors")


class ChecklistCounts(Answer):
    """The rows of OrdemFabricoErros that are remarks of the checklist, and no errors."""

    declared_lines: int = Field(description="declared when the run was ingested")
    seen_lines: int = Field(description="of these, with at least one row")
    rows: int = Field(description="left out of every count of errors")


class Checklist(ChecklistCounts):
    """All declared lines, most rows first."""

    lines: list[ChecklistLine]


def checklist(connection: sa.Connection, run: Run, chosen: ErrorFilter = ALL) -> Checklist:
    """The declared lines with their rows in the run, or in a period, phase or product."""
    seen = WHOLE if chosen == ALL else OF_PART.format(remarks=chosen.checklist_lines())
    rows = connection.execute(sa.text(seen + LINES), chosen.bound(run)).mappings()
    lines = [ChecklistLine(**row) for row in rows]
    return Checklist(
        declared_lines=len(lines),
        seen_lines=sum(line.rows > 0 for line in lines),
        rows=sum(line.rows for line in lines),
        lines=lines,
    )


def counts_of(found: Checklist) -> ChecklistCounts:
    """The numbers without the lines."""
    return ChecklistCounts(**{name: getattr(found, name) for name in ChecklistCounts.model_fields})
