"""The promise date of new orders, by docs/kpis.md, "Promise": the route dispatched behind the open work."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from tests.oracle import standing
from tests.oracle.simulation import calibration, scenarios, working_time

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle

ROUTE = """
    SELECT ProdutoFase_FaseId, ProdutoFase_Coeficiente, Fase_Nome FROM FasesStandardModelos
      LEFT JOIN Fases ON Fase_Id = ProdutoFase_FaseId
     WHERE ProdutoFase_ProdutoId = ? ORDER BY ProdutoFase_Sequencia, ProdutoFase_FaseId"""

COEFFICIENT = "ProdutoFase_Coeficiente"


def promised(oracle: Oracle, product_id: int, orders: int = 1, include: str | None = None) -> dict[str, Any] | None:
    """The answer without its product's name."""
    route = oracle.records(ROUTE, [product_id])
    if not route or oracle.as_of is None:
        return None
    counting, factor = standing.counting(oracle, include), calibration.pace_factor(oracle)
    work = [order for order in scenarios.open_orders(oracle) if order["id"] in counting]
    steps = [
        (row["ProdutoFase_FaseId"], scenarios.seconds_of(oracle, row["ProdutoFase_FaseId"], row[COEFFICIENT], factor))
        for row in route
    ]
    highest: int = max((order["id"] for order in work), default=0)
    new = [{"id": highest + n, "leaves": None, "since": 0, "busy": False, "steps": steps} for n in range(1, orders + 1)]
    places = {phase: calibration.usual_places(oracle, phase) for order in work + new for phase, _ in order["steps"]}
    log: dict[int, list[tuple[int, int]]] = {}
    before, after = (scenarios.dispatched(some, places, "FIFO", log) for some in (work, work + new))
    last = max((after[number], number) for number in range(highest + 1, highest + orders + 1))[1]
    days = (calibration.calibration(oracle) or {}).get("delay_p90_days")
    (done,) = working_time.ends(working_time.declared(), oracle.now, {0: after[last]}).values()
    moment = oracle.now + dt.timedelta(seconds=done)
    return {
        "product_id": product_id,
        "orders": orders,
        "standing": standing.shown(oracle),
        "simulated_orders": len(work),
        "work_hours": sum(seconds for _, seconds in steps) / 3600,
        "promise_at": moment,
        "safe_promise_at": None if days is None else moment + dt.timedelta(seconds=round(max(days, 0) * 86_400)),
        "delayed_orders": sum(after[key] > end for key, end in before.items()),
        "calendar": working_time.declared(),
        "calibration": calibration.calibration(oracle),
        "steps": [_step(oracle, row, *span) for row, span in zip(route, log[last], strict=True)],
    }


def _step(oracle: Oracle, row: dict[str, Any], began: int, ended: int) -> dict[str, Any]:
    calendar = working_time.declared()
    (end,) = working_time.ends(calendar, oracle.now, {0: ended}).values()
    # The next working second ends one second after it begins.
    (second,) = working_time.ends(calendar, oracle.now, {0: began + 1}).values()
    start = second - 1 if ended > began else end
    return {
        "phase_id": row["ProdutoFase_FaseId"],
        "phase_name": row["Fase_Nome"],
        "starts_at": oracle.now + dt.timedelta(seconds=start),
        "ends_at": oracle.now + dt.timedelta(seconds=end),
    }
