"""Quality errors by description, the most frequent first. Definitions: docs/kpis.md, "Pareto of the errors"."""

from __future__ import annotations

from itertools import accumulate

import sqlalchemy as sa
from pydantic import Field

from app.planning.quality import judged_errors
from app.planning.quality.judged_errors import ALL, ErrorFilter
from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run
from app.ratios import ratio

EVERY = 2**31 - 1


class ParetoEntry(Answer):
    """The errors of one description, as the source writes it."""

    description: str
    errors: int
    errors_ratio: Figure | None = Field(description="of all errors that count")
    cumulative_ratio: Figure | None = Field(description="these and all more frequent ones, of all errors that count")


class Pareto(Answer):
    """The descriptions of the errors of the run, or of a period, phase or product."""

    errors: int
    descriptions: list[ParetoEntry] = Field(description="most errors first")


def pareto(connection: sa.Connection, run: Run, chosen: ErrorFilter = ALL) -> Pareto:
    """Errors by description with their shares, alone and added up."""
    statement = sa.text(judged_errors.by_description(chosen))
    rows = connection.execute(statement, chosen.bound(run) | {"most": EVERY}).all()
    sums = list(accumulate(row.errors for row in rows))
    whole = sums[-1] if sums else 0
    entries = [
        ParetoEntry(
            description=row.description,
            errors=row.errors,
            errors_ratio=ratio(row.errors, whole),
            cumulative_ratio=ratio(so_far, whole),
        )
        for row, so_far in zip(rows, sums, strict=True)
    ]
    return Pareto(errors=whole, descriptions=entries)
