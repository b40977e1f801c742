"""Work in process and queue by age. Definitions: docs/kpis.md, "Work by age"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from pydantic import Field

from app.ingestion.tables.open_work_statement import OPEN_PHASES
from app.planning.snapshot.answer import Answer
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.narrowing import OF_PRODUCT_AND_DUE, WHOLE, Narrowing
from app.planning.snapshot.standing import IN_SCOPE, Include, OpenOrderStanding, standings_in

EDGES_DAYS = (0, 1, 3, 7, 14, 28, 84)
STATES = {"IN_PROCESS": "in_process", "QUEUED": "queued"}
_BUCKETS = ", ".join(
    f"count(*) FILTER (WHERE state = '{state}' AND age_hours >= {24 * first} AND age_hours < {end}) AS {name}_{place}"
    for place, (first, end) in enumerate(
        zip(EDGES_DAYS, [*(24 * day for day in EDGES_DAYS[1:]), "'infinity'"], strict=True)
    )
    for state, name in STATES.items()
)
AGES = sa.text(f"""
    WITH open_order AS MATERIALIZED (
        SELECT o.work_order_id, o.created_at
          FROM core.work_orders AS o
         WHERE o.run_id = :run_id AND {IN_SCOPE} AND {OF_PRODUCT_AND_DUE}
    ), member AS MATERIALIZED (
        SELECT o.*, p.order_phase_id, p.sequence, p.phase_id, p.started_at, p.finished_at
          FROM open_order AS o
          JOIN core.order_phases AS p ON p.run_id = :run_id AND p.work_order_id = o.work_order_id
    ), {OPEN_PHASES}, aged AS (
        SELECT w.phase_id, {_BUCKETS}
          FROM (SELECT phase_id, state, greatest(age_hours, 0) AS age_hours FROM open_phase) AS w
         WHERE w.state <> 'WAITING' AND (CAST(:phase AS bigint) IS NULL OR w.phase_id = :phase)
         GROUP BY w.phase_id
    )
    SELECT aged.*, ph.name AS phase_name
      FROM aged
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = aged.phase_id
     ORDER BY ph.sequence NULLS LAST, aged.phase_id
""")


class AgeBucket(Answer):
    """Executions of one range of ages, in days of 24 h."""

    from_days: int = Field(description="inclusive; 0 also takes what begins after as_of")
    to_days: int | None = Field(description="exclusive; null: no end")
    in_process: int
    queued: int


class PhaseAges(Answer):
    """The executions at one phase by age."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    in_process: int
    queued: int
    ages: list[AgeBucket]


class WorkByAge(Answer):
    """Work in process and queue by age: of all phases together, and by phase in the factory's order."""

    standing: OpenOrderStanding
    in_process: int
    queued: int
    ages: list[AgeBucket]
    phases: list[PhaseAges] = Field(description="phases with nothing in process or queued are left out")


def work_by_age(
    connection: sa.Connection, run: Run, include: Include | None = None, narrowing: Narrowing = WHOLE
) -> WorkByAge:
    """Executions in process and queued by age, of production work, and more."""
    bound = run.bound(standings=standings_in(include), **narrowing.bound())
    rows = connection.execute(AGES, bound).mappings().all()
    return WorkByAge(
        standing=run.standing,
        **_counted(rows),
        phases=[PhaseAges(phase_id=row["phase_id"], phase_name=row["phase_name"], **_counted([row])) for row in rows],
    )


def _counted(rows: Sequence[Any]) -> dict[str, Any]:
    ages = [
        AgeBucket(
            from_days=first,
            to_days=end,
            **{name: sum(row[f"{name}_{place}"] for row in rows) for name in STATES.values()},
        )
        for place, (first, end) in enumerate(zip(EDGES_DAYS, [*EDGES_DAYS[1:], None], strict=True))
    ]
    return {"ages": ages, **{name: sum(getattr(one, name) for one in ages) for name in STATES.values()}}
