"""The work at each phase, and the catalogues, by docs/kpis.md; sorted and counted in Python."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tests.oracle import floor, rates, standing

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle
    from tests.oracle.periods import Days

SKILLS = """
    SELECT FuncionarioFase_FuncionarioId AS person, FuncionarioFase_FaseId AS phase, FuncionarioFase_Inicio AS since,
           Funcionario_Activo = 1 AS active
      FROM FuncionariosFasesAptos LEFT JOIN Funcionarios ON Funcionario_Id = FuncionarioFase_FuncionarioId
     ORDER BY person, phase"""
PHASES = """
    SELECT Fase_Id AS phase_id, Fase_Nome AS name, Fase_Sequencia AS sequence, Fase_DeProducao = 1 AS is_production,
           Fase_Automatica = 1 AS is_automatic
      FROM Fases ORDER BY sequence, phase_id"""


def dispatch(
    oracle: Oracle,
    include: str | None = None,
    *,
    phase: int | None = None,
    product: int | None = None,
    due: Days | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """prodplan/dispatch."""
    orders = {order["work_order_id"]: order for order in oracle.orders()}
    queue = rates.risk_queue(oracle, oracle.supports_routes(), include)["orders"]
    judged = {one["work_order_id"]: one for one in queue}
    counting = standing.counting(oracle, include, due=due)
    at_phase = defaultdict(list)
    for row in floor.open_phases(oracle):
        order = orders[row["Of_Id"]]
        is_wanted = phase in (None, row["FaseOf_FaseId"]) and product in (None, order["product_id"])
        if row["state"] in ("IN_PROCESS", "QUEUED") and row["Of_Id"] in counting and is_wanted:
            at_phase[row["FaseOf_FaseId"]].append(_entry(row, order, judged.get(row["Of_Id"])))
    qualified = defaultdict(list)
    for skill in oracle.records(SKILLS):
        if skill["active"]:
            qualified[skill["phase"]].append(skill["person"])
    return {
        "standing": standing.shown(oracle),
        "phases": [
            {
                "phase_id": known["phase_id"],
                "phase_name": known["phase_name"],
                "in_process": sum(one["state"] == "IN_PROCESS" for one in at_phase[known["phase_id"]]),
                "queued": sum(one["state"] == "QUEUED" for one in at_phase[known["phase_id"]]),
                "qualified_employees": qualified[known["phase_id"]],
                "entries": sorted(at_phase[known["phase_id"]], key=_urgency)[:limit],
            }
            for known in floor.known_phases(oracle, set(at_phase))
        ],
    }


def _entry(row: dict[str, Any], order: dict[str, Any], judged: dict[str, Any] | None) -> dict[str, Any]:
    risk = judged or dict.fromkeys(("days_to_transport", "slack_days", "risk"))
    return {
        "work_order_id": row["Of_Id"],
        "order_phase_id": row["FaseOf_Id"],
        "state": row["state"],
        "age_hours": row["age"],
        **{name: order[name] for name in ("product_id", "product_name", "transport_at")},
        **{name: risk[name] for name in ("days_to_transport", "slack_days", "risk")},
    }


def _urgency(entry: dict[str, Any]) -> tuple[Any, ...]:
    slack = entry["days_to_transport"] if entry["slack_days"] is None else entry["slack_days"]
    late = float("inf") if slack is None else slack
    return late, -entry["age_hours"], entry["work_order_id"], entry["order_phase_id"]


def phases(oracle: Oracle) -> dict[str, Any]:
    """catalogue/phases."""
    return {"catalogue": oracle.records(PHASES)}


def products(oracle: Oracle, limit: int = 50, offset: int = 0) -> dict[str, Any]:
    """catalogue/products."""
    found = oracle.records("""
        SELECT Produto_Id AS product_id, Produto_Nome AS name, Produto_PesoDesmolde AS demould_weight_kg,
               Produto_PesoAcabamento AS finished_weight_kg, Produto_QtdGelDeck AS gelcoat_deck_kg,
               Produto_QtdGelCasco AS gelcoat_hull_kg, count(ProdutoFase_FaseId) AS route_steps
          FROM Modelos LEFT JOIN FasesStandardModelos ON ProdutoFase_ProdutoId = Produto_Id
         GROUP BY ALL ORDER BY product_id""")
    return {"total": len(found), "catalogue": found[offset : offset + limit]}


def employees(oracle: Oracle) -> dict[str, Any]:
    """catalogue/employees."""
    found = oracle.records("""
        SELECT Funcionario_Id AS employee_id, Funcionario_Activo = 1 AS is_active,
               (SELECT count(*) FROM FuncionariosFasesAptos WHERE FuncionarioFase_FuncionarioId = Funcionario_Id)
                   AS skills
          FROM Funcionarios ORDER BY employee_id""")
    return {"catalogue": found}


def skills(oracle: Oracle) -> dict[str, Any]:
    """catalogue/skills."""
    found = oracle.records(SKILLS)
    named = {row["phase_id"]: row["name"] for row in oracle.records(PHASES)}
    unknown = sorted({skill["phase"] for skill in found} - named.keys())
    people: dict[int, dict[str, Any]] = {}
    for skill in found:
        person = {"employee_id": skill["person"], "is_active": skill["active"], "skills": []}
        mine = people.setdefault(skill["person"], person)["skills"]
        mine.append({"phase_id": skill["phase"], "qualified_at": skill["since"]})
    return {
        "employees": list(people.values()),
        "phases": [
            {
                "phase_id": phase,
                "phase_name": named.get(phase),
                "qualified_employees": [one["person"] for one in found if one["phase"] == phase],
                "active_employees": sum(one["phase"] == phase and one["active"] is True for one in found),
            }
            for phase in [*named, *unknown]
        ],
    }
