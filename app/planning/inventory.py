"""Work in process as inventory: open phases and the weight recorded on them; docs/kpis.md, "WIP weight"."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import Field

from app.planning.snapshot.answer import Answer, Figure
from app.planning.snapshot.live_run import Run

WIP = sa.text("""
    SELECT l.phase_id, ph.name AS phase_name, l.in_process + l.queued + l.waiting AS open_phases, l.open_orders,
           l.in_process AS in_process_phases, l.weight_kg, l.in_process_weight_kg, l.phases_without_weight
      FROM core.phase_loads AS l
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = l.phase_id
     WHERE l.run_id = :run_id AND l.in_process + l.queued + l.waiting > 0
     ORDER BY ph.sequence NULLS LAST, l.phase_id
""")
FACTS = sa.text("SELECT open_work_orders, open_order_phases FROM core.snapshot_facts WHERE run_id = :run_id")


class PhaseInventory(Answer):
    """The open phases of open orders at one phase."""

    phase_id: int
    phase_name: str | None = Field(description="null: the phase is not in Fases")
    open_phases: int = Field(description="phases without an end, of open orders: in process, queued or waiting")
    open_orders: int
    in_process_phases: int
    weight_kg: Figure = Field(description="sum of the recorded weights; phases without weight add nothing")
    in_process_weight_kg: Figure
    phases_without_weight: int = Field(description="open phases whose recorded weight is 0: nothing was weighed")


class InventoryTotals(Answer):
    """Sums over the phases. Weight may be recorded at several phases of an order: this is not the mass of the boats."""

    open_orders: int = Field(description="orders without completion, also those without any open phase")
    open_phases: int
    in_process_phases: int
    weight_kg: Figure
    in_process_weight_kg: Figure
    phases_without_weight: int
    unclosed_phases_of_completed_orders: int


class Inventory(Answer):
    """The work in process at as_of, in the factory's phase order."""

    totals: InventoryTotals
    phases: list[PhaseInventory]


SUMMED = ("open_phases", "in_process_phases", "weight_kg", "in_process_weight_kg", "phases_without_weight")


def work_in_process(connection: sa.Connection, run: Run) -> Inventory:
    """Open phases and their recorded weight (kg) per phase."""
    phases = [PhaseInventory.model_validate(dict(row)) for row in connection.execute(WIP, run.bound()).mappings()]
    facts = connection.execute(FACTS, run.bound()).one()
    sums = {name: sum(getattr(phase, name) for phase in phases) for name in SUMMED}
    totals = InventoryTotals(
        open_orders=facts.open_work_orders,
        unclosed_phases_of_completed_orders=facts.open_order_phases - sums["open_phases"],
        **sums,
    )
    return Inventory(totals=totals, phases=phases)
