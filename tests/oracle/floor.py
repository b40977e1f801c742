"""The shop floor by docs/kpis.md, "State of a phase": walked order by order in Python, counted in Python."""

from __future__ import annotations

import datetime as dt
from itertools import groupby
from typing import TYPE_CHECKING, Any

from tests.oracle import standing

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle
    from tests.oracle.periods import Days

STATES = ("in_process", "queued", "waiting")
BESIDE = {
    "left_out_phases_of_terminal_orders": "LEFT_OUT_TERMINAL",
    "left_out_phases_of_stale_orders": "LEFT_OUT_STALE",
    "unclosed_phases_of_completed_orders": "UNCLOSED",
}
UNENDED = """
    SELECT Of_Id, Of_DataCriacao, Of_DataAcabamento, FaseOf_Id, FaseOf_FaseId, FaseOf_Inicio, FaseOf_Fim, FaseOf_Peso
      FROM FasesOrdemFabrico JOIN OrdensFabrico ON Of_Id = FaseOf_OfId
     WHERE Of_Id IN (SELECT FaseOf_OfId FROM FasesOrdemFabrico WHERE FaseOf_Fim IS NULL)
     ORDER BY Of_Id, FaseOf_Sequencia, FaseOf_Id"""
PHASES_OF_ORDER = """
    SELECT FaseOf_Id AS order_phase_id, FaseOf_Sequencia AS sequence, FaseOf_FaseId AS phase_id,
           Fase_Nome AS phase_name, FaseOf_Inicio AS started_at, FaseOf_Fim AS finished_at,
           CASE WHEN FaseOf_Fim >= FaseOf_Inicio
                THEN date_diff('microsecond', FaseOf_Inicio, FaseOf_Fim) / 3600e6 END AS duration_hours,
           FaseOf_DataPrevista AS planned_on, FaseOf_Peso AS weight_kg, FaseOf_Retorno = 1 AS is_return,
           FaseOf_Turno AS shift
      FROM FasesOrdemFabrico LEFT JOIN Fases ON Fase_Id = FaseOf_FaseId
     WHERE FaseOf_OfId = ? ORDER BY FaseOf_Sequencia, FaseOf_Id"""


def open_phases(oracle: Oracle) -> list[dict[str, Any]]:
    """The phases without end, with their state and age in hours; walked once per oracle."""
    if oracle.walked is None:
        oracle.walked = _walk(oracle)
    return oracle.walked


def _walk(oracle: Oracle) -> list[dict[str, Any]]:
    result = []
    for _, members in groupby(oracle.records(UNENDED), key=lambda row: row["Of_Id"]):
        phases = list(members)
        ends = [phase["FaseOf_Fim"] for phase in phases if phase["FaseOf_Fim"]]
        running = [phase for phase in phases if phase["FaseOf_Fim"] is None and phase["FaseOf_Inicio"]]
        idle = [phase for phase in phases if phase["FaseOf_Fim"] is None and not phase["FaseOf_Inicio"]]
        for phase in phases:
            if phase["FaseOf_Fim"] is not None:
                continue
            state, since = "WAITING", None
            if phase["Of_DataAcabamento"] is not None:
                state = "UNCLOSED"
            elif phase["FaseOf_Inicio"] is not None:
                state, since = "IN_PROCESS", phase["FaseOf_Inicio"]
            elif not running and phase is idle[0]:
                state, since = "QUEUED", max(ends) if ends else phase["Of_DataCriacao"]
            result.append({**phase, "state": state, "age": _hours(oracle.as_of, since)})
    return result


def _counted(oracle: Oracle, include: str | None) -> list[dict[str, Any]]:
    """The phases without end; of orders that do not count the state says so: LEFT_OUT_TERMINAL, LEFT_OUT_STALE."""
    counting, standings = standing.counting(oracle, include), standing.standings(oracle)
    return [
        row
        if row["state"] == "UNCLOSED" or row["Of_Id"] in counting
        else {**row, "state": f"LEFT_OUT_{standings[row['Of_Id']]}"}
        for row in open_phases(oracle)
    ]


def schedule(
    oracle: Oracle,
    include: str | None = None,
    *,
    phase: int | None = None,
    product: int | None = None,
    due: Days | None = None,
) -> dict[str, Any]:
    """WIP and queue per phase; of one phase, or of the orders of one product."""
    found = _narrowed(oracle, _counted(oracle, include), phase, product, due)
    phases = []
    for one in known_phases(oracle, {row["FaseOf_FaseId"] for row in found}):
        here = [row for row in found if row["FaseOf_FaseId"] == one["phase_id"]]
        running = [row["age"] for row in here if row["state"] == "IN_PROCESS"]
        queued = [row["age"] for row in here if row["state"] == "QUEUED"]
        phases.append(
            {
                **one,
                "in_process": len(running),
                "queued": len(queued),
                "waiting": sum(row["state"] == "WAITING" for row in here),
                "in_process_age_p50_hours": percentile(running, 0.5),
                "in_process_age_p90_hours": percentile(running, 0.9),
                "queue_age_p50_hours": percentile(queued, 0.5),
                "queue_age_p90_hours": percentile(queued, 0.9),
                **{name: sum(row["state"] == state for row in here) for name, state in BESIDE.items()},
            }
        )
    totals = {name: sum(one[name] for one in phases) for name in (*STATES, *BESIDE)}
    return {"standing": standing.shown(oracle), "totals": totals, "phases": phases}


def _narrowed(
    oracle: Oracle, rows: list[dict[str, Any]], phase: int | None, product: int | None, due: Days | None
) -> list[dict[str, Any]]:
    made, leaving = standing.products(oracle), standing.due_in(oracle, due)
    return [
        row
        for row in rows
        if phase in (None, row["FaseOf_FaseId"])
        and product in (None, made[row["Of_Id"]][0])
        and row["Of_Id"] in leaving
    ]


def inventory(
    oracle: Oracle,
    include: str | None = None,
    *,
    phase: int | None = None,
    product: int | None = None,
    due: Days | None = None,
) -> dict[str, Any]:
    """Open phases and recorded weight per phase; of one phase, or of the orders of one product."""
    everything = _narrowed(oracle, _counted(oracle, include), phase, product, due)
    orders = standing.counting(oracle, include, product=product, due=due)
    found = [row for row in everything if row["state"].lower() in STATES]
    phases = []
    for one in known_phases(oracle, {row["FaseOf_FaseId"] for row in found}):
        here = [row for row in found if row["FaseOf_FaseId"] == one["phase_id"]]
        phases.append(
            {
                "phase_id": one["phase_id"],
                "phase_name": one["phase_name"],
                "open_phases": len(here),
                "open_orders": len({row["Of_Id"] for row in here}),
                **_weighed(here),
            }
        )
    totals = {
        "open_orders": len(orders if phase is None else {row["Of_Id"] for row in found}),
        "open_phases": len(found),
        **_weighed(found),
        **{name: sum(row["state"] == state for row in everything) for name, state in BESIDE.items()},
    }
    return {"standing": standing.shown(oracle), "totals": totals, "phases": phases}


def of_order(oracle: Oracle, work_order_id: int) -> dict[str, Any]:
    """The phases of one order and the number of its quality errors."""
    states = {row["FaseOf_Id"]: row["state"] for row in open_phases(oracle) if row["Of_Id"] == work_order_id}
    phases = [
        {**phase, "state": states.get(phase["order_phase_id"], "FINISHED")}
        for phase in oracle.records(PHASES_OF_ORDER, [work_order_id])
    ]
    errors = oracle.records("SELECT count(*) AS n FROM Errors WHERE Erro_OfId = ?", [work_order_id])
    return {"quality_errors": errors[0]["n"], "phases": phases}


def percentile(values: list[float], share: float) -> float | None:
    """Linear interpolation between the two nearest ranks (Hyndman and Fan's type 7)."""
    if not values:
        return None
    ordered, place = sorted(values), share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def _weighed(rows: list[dict[str, Any]]) -> dict[str, Any]:
    running = [row for row in rows if row["state"] == "IN_PROCESS"]
    return {
        "in_process_phases": len(running),
        "weight_kg": sum(row["FaseOf_Peso"] for row in rows),
        "in_process_weight_kg": sum(row["FaseOf_Peso"] for row in running),
        "phases_without_weight": sum(row["FaseOf_Peso"] == 0 for row in rows),
    }


def known_phases(oracle: Oracle, phase_ids: set[int]) -> list[dict[str, Any]]:
    """The phases in the factory's order, those that Fases lacks last."""
    known = {row["Fase_Id"]: row for row in oracle.records("SELECT Fase_Id, Fase_Nome, Fase_Sequencia FROM Fases")}
    nothing = {"Fase_Nome": None, "Fase_Sequencia": None}
    phases = [
        {
            "phase_id": phase_id,
            "phase_name": known.get(phase_id, nothing)["Fase_Nome"],
            "phase_sequence": known.get(phase_id, nothing)["Fase_Sequencia"],
        }
        for phase_id in phase_ids
    ]
    return sorted(phases, key=lambda p: (p["phase_sequence"] is None, p["phase_sequence"] or 0, p["phase_id"]))


def _hours(later: dt.datetime | None, earlier: dt.datetime | None) -> float | None:
    return None if later is None or earlier is None else (later - earlier).total_seconds() / 3600
