"""The work at each phase by urgency, and who may do it. Definitions: docs/kpis.md, "Dispatch list"."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from pydantic import Field

from app.ingestion.tables.open_work_statement import OPEN_PHASES
from app.planning.risk import OrderRisk, Risk, judged_orders, slack_of
from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.local_time import LocalTime
from app.planning.snapshot.narrowing import OF_PRODUCT_AND_DUE, WHOLE, Narrowing
from app.planning.snapshot.standing import IN_SCOPE, Include, OpenOrderStanding, standings_in

AT_WORK = f"""
    WITH open_order AS MATERIALIZED (
        SELECT o.work_order_id, o.created_at, o.product_id, o.transport_at
          FROM core.work_orders AS o
         WHERE o.run_id = :run_id AND {IN_SCOPE} AND {OF_PRODUCT_AND_DUE}
    ), member AS MATERIALIZED (
        SELECT o.*, p.order_phase_id, p.sequence, p.phase_id, p.started_at, p.finished_at
          FROM open_order AS o
          JOIN core.order_phases AS p ON p.run_id = :run_id AND p.work_order_id = o.work_order_id
    ), {OPEN_PHASES}
    SELECT w.phase_id, ph.name AS phase_name, ph.sequence AS phase_sequence, w.order_phase_id, w.work_order_id,
           w.product_id, {{name}} AS product_name, w.transport_at, w.state, w.age_hours
      FROM open_phase AS w {{products}}
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = w.phase_id
     WHERE w.state <> 'WAITING' AND (CAST(:phase AS bigint) IS NULL OR w.phase_id = :phase)
     ORDER BY ph.sequence NULLS LAST, w.phase_id"""
PRODUCTS = "LEFT JOIN core.products AS pr ON pr.run_id = :run_id AND pr.product_id = w.product_id"
NAMED = sa.text(AT_WORK.format(name="pr.name", products=PRODUCTS))
UNNAMED = sa.text(AT_WORK.format(name="NULL", products=""))
QUALIFIED = sa.text("""
    SELECT s.phase_id, s.employee_id
      FROM core.skills AS s
      JOIN core.employees AS e ON e.run_id = :run_id AND e.employee_id = s.employee_id
     WHERE s.run_id = :run_id AND e.is_active
     ORDER BY s.phase_id, s.employee_id
""")


class WorkState(StrEnum):
    """States of an execution that stands at its phase."""

    IN_PROCESS = "IN_PROCESS"
    QUEUED = "QUEUED"


class DispatchEntry(Answer):
    """One execution at its phase. Times are factory-local."""

    work_order_id: int
    order_phase_id: int
    state: WorkState
    age_hours: Figure | None = Field(description="in process: since its start; queued: since the order could begin it")
    product_id: int
    product_name: str | None = Field(description="null: unknown product, or the data does not support names")
    transport_at: LocalTime | None
    days_to_transport: int | None = Field(description="calendar days; negative: overdue; null: no transport date")
    slack_days: int | None = Field(description="as in the risk queue; null: as there, or no transport date")
    risk: Risk | None = Field(description="as in the risk queue; null: no transport date")


class PhaseDispatch(Answer):
    """The executions at one phase, the most urgent first, and the employees who may work on them."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    in_process: int
    queued: int
    qualified_employees: list[int] = Field(description="numbers of active employees with this phase as a skill")
    entries: list[DispatchEntry] = Field(description="least slack first; at most `limit`, the counts are of all")


class DispatchList(Answer):
    """The phases with anything in process or queued, in the factory's order."""

    standing: OpenOrderStanding
    phases: list[PhaseDispatch]


def dispatch_list(
    connection: sa.Connection,
    run: Run,
    include: Include | None = None,
    narrowing: Narrowing = WHOLE,
    *,
    limit: int,
    product_names: bool,
    estimates: bool,
) -> DispatchList:
    """The work at each phase by urgency. estimates: as for the risk queue."""
    wanted = run.bound(standings=standings_in(include), **narrowing.bound())
    _, judged = judged_orders(connection, run, include, estimates=estimates)
    risks = {one.work_order_id: one for one in judged}
    qualified = defaultdict(list)
    for row in connection.execute(QUALIFIED, run.bound()):
        qualified[row.phase_id].append(row.employee_id)
    at_phase: dict[tuple[int, str | None], list[DispatchEntry]] = {}
    for one in connection.execute(NAMED if product_names else UNNAMED, wanted).mappings():
        at_phase.setdefault((one["phase_id"], one["phase_name"]), []).append(_entry(one, risks))
    return DispatchList(
        standing=run.standing,
        phases=[
            PhaseDispatch(
                phase_id=phase_id,
                phase_name=name,
                in_process=sum(one.state is WorkState.IN_PROCESS for one in entries),
                queued=sum(one.state is WorkState.QUEUED for one in entries),
                qualified_employees=qualified[phase_id],
                entries=_by_urgency(entries, risks)[:limit],
            )
            for (phase_id, name), entries in at_phase.items()
        ],
    )


def _entry(row: Any, risks: dict[int, OrderRisk]) -> DispatchEntry:
    risk = risks.get(row["work_order_id"])
    shown = {name: row[name] for name in DispatchEntry.model_fields if name in row}
    return DispatchEntry(
        **shown,
        days_to_transport=risk and risk.days_to_transport,
        slack_days=risk and risk.slack_days,
        risk=risk and risk.risk,
    )


def _by_urgency(entries: Sequence[DispatchEntry], risks: dict[int, OrderRisk]) -> list[DispatchEntry]:
    """Least slack first (without an estimate the days to transport), without a transport date last; then the oldest."""

    def urgency(entry: DispatchEntry) -> tuple[float, float, int, int]:
        risk = risks.get(entry.work_order_id)
        slack = float("inf") if risk is None else slack_of(risk)
        return slack, -(entry.age_hours or 0), entry.work_order_id, entry.order_phase_id

    return sorted(entries, key=urgency)
