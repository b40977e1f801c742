"""Work in process as inventory: open phases and the weight recorded on them; docs/kpis.md, "WIP weight"."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import Field

from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.loads import loads
from app.planning.snapshot.narrowing import WHOLE, Narrowing, orders_among
from app.planning.snapshot.standing import Include, OpenOrderStanding, scope_of

WIP = """
    SELECT l.phase_id, ph.name AS phase_name, l.in_process + l.queued + l.waiting AS open_phases, l.open_orders,
           l.in_process AS in_process_phases, l.weight_kg, l.in_process_weight_kg, l.phases_without_weight,
           l.left_out_terminal, l.left_out_stale, l.unclosed
      FROM {loads} AS l
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = l.phase_id
     WHERE l.scope = :scope AND (CAST(:phase AS bigint) IS NULL OR l.phase_id = :phase)
     ORDER BY ph.sequence NULLS LAST, l.phase_id
"""


class PhaseInventory(Answer):
    """The open phases of the orders that count, at one phase."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    open_phases: int = Field(description="phases without an end: in process, queued or waiting")
    open_orders: int
    in_process_phases: int
    weight_kg: Figure = Field(description="sum of the recorded weights; phases without weight add nothing")
    in_process_weight_kg: Figure
    phases_without_weight: int = Field(description="open phases whose recorded weight is 0: nothing was weighed")


class InventoryTotals(Answer):
    """Sums over the phases. Weight may be recorded at several phases of an order: this is not the mass of the boats."""

    open_orders: int = Field(description="production work, and what is included; also those without any open phase")
    open_phases: int
    in_process_phases: int
    weight_kg: Figure
    in_process_weight_kg: Figure
    phases_without_weight: int
    left_out_phases_of_terminal_orders: int = Field(description="open, but of orders that are over; 0 if included")
    left_out_phases_of_stale_orders: int = Field(description="open, but of orders that are old; 0 if included")
    unclosed_phases_of_completed_orders: int


class Inventory(Answer):
    """The work in process at as_of, in the factory's phase order."""

    standing: OpenOrderStanding
    totals: InventoryTotals
    phases: list[PhaseInventory]


SUMMED = ("open_phases", "in_process_phases", "weight_kg", "in_process_weight_kg", "phases_without_weight")
BESIDE = {
    "left_out_phases_of_terminal_orders": "left_out_terminal",
    "left_out_phases_of_stale_orders": "left_out_stale",
    "unclosed_phases_of_completed_orders": "unclosed",
}
"""Totals of phases without an end that are no inventory, and the columns that they add up."""


def work_in_process(
    connection: sa.Connection, run: Run, include: Include | None = None, narrowing: Narrowing = WHOLE
) -> Inventory:
    """Open phases and their recorded weight (kg) per phase; of production work, and more."""
    statement, scope = sa.text(WIP.format(loads=loads(narrowing))), scope_of(include)
    rows = [dict(row) for row in connection.execute(statement, run.bound(scope=scope, **narrowing.bound())).mappings()]
    beside = {name: sum(row.pop(column) for row in rows) for name, column in BESIDE.items()}
    phases = [PhaseInventory.model_validate(row) for row in rows if row["open_phases"]]
    sums = {name: sum(getattr(phase, name) for phase in phases) for name in SUMMED}
    standing = run.standing
    # The orders of a phase are those with an open execution there.
    orders = sum(phase.open_orders for phase in phases)
    if narrowing.phase is None:
        orders = orders_among(connection, run, include, narrowing)
    totals = InventoryTotals(open_orders=orders, **beside, **sums)
    return Inventory(standing=standing, totals=totals, phases=phases)
