"""Key figures of a run, written when it is published first and kept beyond retention; docs/kpis.md, "By run"."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from app.database.schema.aggregates import key_figures, phase_rates
from app.database.schema.audit import published_figures
from app.database.schema.publication import snapshot_facts

_RUN_ID = sa.bindparam("run_id", type_=sa.BigInteger)
_PHASES = (
    sa.select(
        *(
            sa.cast(sa.func.coalesce(sa.func.sum(phase_rates.c[name]), 0), sa.BigInteger).label(name)
            for name in ("finished_phases", "return_phases")
        )
    )
    .where(phase_rates.c.run_id == _RUN_ID)
    .subquery()
)
_FIGURES = {
    **{column.name: key_figures.c[column.name] for column in published_figures.c if column.name in key_figures.c},
    **_PHASES.c,
    "as_of": snapshot_facts.c.as_of,
    "orders": snapshot_facts.c.work_orders,
    "open_orders": snapshot_facts.c.open_work_orders,
    "quality_errors": snapshot_facts.c.quality_errors,
}
KEEP = (
    insert(published_figures)
    .from_select(
        [*_FIGURES],
        sa.select(*_FIGURES.values())
        .select_from(snapshot_facts.join(key_figures, key_figures.c.run_id == _RUN_ID).join(_PHASES, sa.true()))
        .where(snapshot_facts.c.run_id == _RUN_ID),
    )
    .on_conflict_do_nothing(index_elements=[published_figures.c.run_id])
)


def keep_figures(connection: sa.Connection, run_id: int) -> None:
    """Write the figures of a run whose partitions are attached, unless it was published before. The caller commits."""
    connection.execute(KEEP, {"run_id": run_id})
