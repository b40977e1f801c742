"""One work order with its phases; order_list has the list. Definitions: docs/kpis.md, "Order status"."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

import sqlalchemy as sa
from pydantic import Field

from app.features.open_orders import Standing
from app.ingestion.tables.open_work_statement import OPEN_PHASES
from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.errors_alone import is_error
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.local_time import LocalTime


class OrderStatus(StrEnum):
    """OPEN until the order has a completion stamp, COMPLETED from then on."""

    OPEN = "OPEN"
    COMPLETED = "COMPLETED"


class PhaseState(StrEnum):
    """The state of one phase of an order; docs/kpis.md, "State of a phase"."""

    FINISHED = "FINISHED"
    IN_PROCESS = "IN_PROCESS"
    QUEUED = "QUEUED"
    WAITING = "WAITING"
    UNCLOSED = "UNCLOSED"


class Order(Answer):
    """One work order. Times are factory-local."""

    work_order_id: int
    status: OrderStatus
    created_at: LocalTime
    completed_at: LocalTime | None
    transport_at: LocalTime | None
    product_id: int
    product_name: str | None = Field(description="null: unknown product, or the data does not support names")
    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    lead_time_days: Figure | None = Field(description="completion - creation; null: open, or completed before creation")
    standing: Standing | None = Field(description="production work, over or old; null: completed")


class OrderPhase(Answer):
    """One execution of a phase for an order. Times are factory-local."""

    order_phase_id: int
    sequence: int
    phase_id: int
    phase_name: str | None
    state: PhaseState
    started_at: LocalTime | None
    finished_at: LocalTime | None
    duration_hours: Figure | None = Field(description="end - start; null: one is missing, or end precedes start")
    planned_on: dt.date | None
    weight_kg: Figure = Field(description="0: none was recorded")
    is_return: bool
    shift: int | None


class OrderPhases(Answer):
    """The phases of one order in routing order."""

    work_order_id: int
    status: OrderStatus
    phases: list[OrderPhase]


class OrderDetail(Order):
    """One work order with its phases in routing order."""

    quality_errors: int
    phases: list[OrderPhase]


COLUMNS = """
       o.work_order_id, o.created_at, o.completed_at, o.transport_at, o.product_id, o.phase_id, ph.name AS phase_name,
       CASE WHEN o.completed_at IS NULL THEN 'OPEN' ELSE 'COMPLETED' END AS status,
       CASE WHEN o.completed_at >= o.created_at
            THEN date_part('epoch', o.completed_at - o.created_at) / 86400 END AS lead_time_days,
       CASE WHEN o.completed_at IS NULL
            THEN (SELECT s.standing FROM core.open_orders AS s
                   WHERE s.run_id = :run_id AND s.work_order_id = o.work_order_id) END AS standing"""
PHASE_NAME = "LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = o.phase_id"
PRODUCT_NAME = "LEFT JOIN core.products AS pr ON pr.run_id = :run_id AND pr.product_id = o.product_id"
PHASES_OF_ORDER = sa.text(f"""
    WITH member AS MATERIALIZED (
        SELECT p.*, o.created_at, o.completed_at
          FROM core.work_orders AS o
          JOIN core.order_phases AS p ON p.run_id = :run_id AND p.work_order_id = o.work_order_id
         WHERE o.run_id = :run_id AND o.work_order_id = :work_order_id
    ), {OPEN_PHASES}
    SELECT m.order_phase_id, m.sequence, m.phase_id, ph.name AS phase_name, m.started_at, m.finished_at, m.planned_on,
           m.weight_kg, m.is_return, m.shift,
           CASE WHEN m.finished_at IS NOT NULL THEN 'FINISHED'
                WHEN m.completed_at IS NOT NULL THEN 'UNCLOSED'
                ELSE w.state END AS state,
           CASE WHEN m.finished_at >= m.started_at
                THEN date_part('epoch', m.finished_at - m.started_at) / 3600 END AS duration_hours
      FROM member AS m
      LEFT JOIN open_phase AS w USING (order_phase_id)
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = m.phase_id
     ORDER BY m.sequence, m.order_phase_id
""")
COMPLETED = sa.text("""
    SELECT completed_at IS NOT NULL FROM core.work_orders WHERE run_id = :run_id AND work_order_id = :work_order_id
""")
ERRORS = sa.text(f"""
    SELECT count(*) FROM core.quality_errors AS e
     WHERE e.run_id = :run_id AND e.work_order_id = :work_order_id AND {is_error("e")}
""")


def order_detail(connection: sa.Connection, run: Run, work_order_id: int, *, product_names: bool) -> OrderDetail | None:
    """One order with its phases; None when the run holds no such order."""
    statement = f"""
        SELECT {COLUMNS}, {"pr.name" if product_names else "NULL"} AS product_name
          FROM core.work_orders AS o {PHASE_NAME} {PRODUCT_NAME if product_names else ""}
         WHERE o.run_id = :run_id AND o.work_order_id = :work_order_id"""
    parameters = run.bound(work_order_id=work_order_id)
    order = connection.execute(sa.text(statement), parameters).mappings().one_or_none()
    if order is None:
        return None
    return OrderDetail.model_validate(
        {
            **order,
            "quality_errors": connection.execute(ERRORS, parameters).scalar_one(),
            "phases": _phases(connection, parameters),
        }
    )


def order_phases(connection: sa.Connection, run: Run, work_order_id: int) -> OrderPhases | None:
    """One order's phases in routing order; None when the run holds no such order."""
    parameters = run.bound(work_order_id=work_order_id)
    completed = connection.execute(COMPLETED, parameters).scalar_one_or_none()
    if completed is None:
        return None
    return OrderPhases(
        work_order_id=work_order_id,
        status=OrderStatus.COMPLETED if completed else OrderStatus.OPEN,
        phases=_phases(connection, parameters),
    )


def _phases(connection: sa.Connection, parameters: dict[str, object]) -> list[OrderPhase]:
    return [OrderPhase.model_validate(dict(row)) for row in connection.execute(PHASES_OF_ORDER, parameters).mappings()]
