"""SQL that separates errors from checklist lines; docs/kpis.md, "Checklist lines".

The lines were declared when the run was ingested, and are stored with it, so that whole and part agree for ever.
"""

from __future__ import annotations


def is_error(alias: str, runs: str = "= :run_id") -> str:
    """SQL: the row of core.quality_errors is an error. runs: condition of the runs whose declared lines count."""
    # A hashed list, and no join: the planner would take its own estimate of what a join leaves for the rest.
    return f"({alias}.evaluation_phase_id, {alias}.description) NOT IN ({_lines(runs)})"


def is_line(alias: str) -> str:
    """SQL: the row of core.quality_errors is a checklist line."""
    return f"({alias}.evaluation_phase_id, {alias}.description) IN ({_lines('= :run_id')})"


def _lines(runs: str) -> str:
    return f"SELECT l.phase_id, l.description FROM core.checklist_lines AS l WHERE l.run_id {runs}"
