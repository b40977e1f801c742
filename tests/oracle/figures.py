"""Key figures, quality and match rates in DuckDB's SQL, written anew from docs/kpis.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.oracle import standing
from tests.oracle.quality import judged_remarks

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle

TARGETS = {
    "FaseOf_OfId": ("FasesOrdemFabrico", "OrdensFabrico", "Of_Id"),
    "FaseOf_FaseId": ("FasesOrdemFabrico", "Fases", "Fase_Id"),
    "Of_ProdutoId": ("OrdensFabrico", "Modelos", "Produto_Id"),
    "Of_FaseId": ("OrdensFabrico", "Fases", "Fase_Id"),
    "FuncionarioFaseOf_FaseOfId": ("FuncionariosFaseOrdemFabrico", "FasesOrdemFabrico", "FaseOf_Id"),
    "FuncionarioFaseOf_FuncionarioId": ("FuncionariosFaseOrdemFabrico", "Funcionarios", "Funcionario_Id"),
    "Erro_OfId": ("OrdemFabricoErros", "OrdensFabrico", "Of_Id"),
    "Erro_FaseAvaliacao": ("OrdemFabricoErros", "Fases", "Fase_Id"),
    "Erro_FaseOfAvaliacao": ("OrdemFabricoErros", "FasesOrdemFabrico", "FaseOf_Id"),
    "Erro_FaseOfCulpada": ("OrdemFabricoErros", "FasesOrdemFabrico", "FaseOf_Id"),
    "FuncionarioFase_FuncionarioId": ("FuncionariosFasesAptos", "Funcionarios", "Funcionario_Id"),
    "FuncionarioFase_FaseId": ("FuncionariosFasesAptos", "Fases", "Fase_Id"),
    "ProdutoFase_ProdutoId": ("FasesStandardModelos", "Modelos", "Produto_Id"),
    "ProdutoFase_FaseId": ("FasesStandardModelos", "Fases", "Fase_Id"),
}
COMPOSITE = "FasesStandardModelos → Modelos and Fases"
COUNTED = """
    SELECT count(*) AS rows_referencing, count(*) FILTER (found) AS rows_matched,
           count(DISTINCT value) AS distinct_referencing, count(DISTINCT value) FILTER (found) AS distinct_matched"""

OVERVIEW = """
    SELECT count(*) AS orders, count(*) FILTER (done IS NULL) AS open_orders, count(done) AS completed_orders,
           count(lead) AS lead_time_orders, avg(lead) AS lead_time_mean_days,
           quantile_cont(lead, 0.5) AS lead_time_p50_days, quantile_cont(lead, 0.9) AS lead_time_p90_days,
           count(*) FILTER (done < made) AS completed_before_created_orders,
           count(*) FILTER (done IS NOT NULL AND leaves IS NOT NULL) AS delivery_orders,
           count(*) FILTER (date_trunc('day', done) <= date_trunc('day', leaves)) AS on_time_orders,
           count(*) FILTER (date_trunc('day', leaves) < date_trunc('day', now)) AS due_orders,
           count(*) FILTER (date_trunc('day', leaves) < date_trunc('day', now)
                            AND date_trunc('day', done) <= date_trunc('day', leaves)) AS due_on_time_orders,
           count(*) FILTER (done > now - INTERVAL 720 HOUR AND done <= now) AS throughput_orders,
           count(lead) FILTER (done > now - INTERVAL 720 HOUR AND done <= now) AS recent_lead_time_orders,
           avg(lead) FILTER (done > now - INTERVAL 720 HOUR AND done <= now) AS recent_lead_time_mean_days,
           quantile_cont(lead, 0.5) FILTER (done > now - INTERVAL 720 HOUR AND done <= now)
               AS recent_lead_time_p50_days,
           quantile_cont(lead, 0.9) FILTER (done > now - INTERVAL 720 HOUR AND done <= now)
               AS recent_lead_time_p90_days
      FROM (SELECT Of_DataCriacao AS made, Of_DataAcabamento AS done, Of_DataTransporte AS leaves,
                   CAST(? AS TIMESTAMP) AS now,
                   CASE WHEN done >= made THEN date_diff('microsecond', made, done) / 86400e6 END AS lead
              FROM OrdensFabrico)"""
EMPLOYEES = """
    SELECT FuncionarioFaseOf_FuncionarioId AS employee_id,
           any_value(Funcionario_Activo) = 1 AS is_active,
           count(*) AS assignments,
           count(FaseOf_Id) AS matched_assignments,
           count(*) FILTER (FuncionarioFaseOf_Chefe = 1) AS chief_assignments,
           count(FaseOf_Fim) AS finished_phases,
           count(*) FILTER (FaseOf_Retorno = 1) AS return_phases,
           count(*) FILTER (FaseOf_Fim >= FaseOf_Inicio) AS timed_phases,
           coalesce(sum(date_diff('microsecond', FaseOf_Inicio, FaseOf_Fim)) FILTER (FaseOf_Fim >= FaseOf_Inicio), 0)
               / 3600e6 AS elapsed_hours
      FROM FuncionariosFaseOrdemFabrico
      LEFT JOIN FasesOrdemFabrico ON FaseOf_Id = FuncionarioFaseOf_FaseOfId
      LEFT JOIN Funcionarios ON Funcionario_Id = FuncionarioFaseOf_FuncionarioId
     GROUP BY ALL ORDER BY employee_id"""
OF_RUN = (
    "orders",
    "open_orders",
    "lead_time_p50_days",
    "due_orders",
    "due_on_time_orders",
    "on_time_delivery_by_due_ratio",
    "overdue_orders",
    "throughput_orders",
    "throughput_orders_per_day",
    "recent_lead_time_p50_days",
    "finished_phases",
    "return_phases",
    "return_ratio",
    "quality_errors",
)
SEVERITY = ", ".join(f"count(*) FILTER (OFCH_GRAVIDADE = {level}) AS severity_{level}" for level in (1, 2, 3))
BY_PHASE = """
    SELECT {phase} AS phase_id, any_value(Fase_Nome) AS phase_name, count(*) AS errors, {severity}
      FROM Errors {join} LEFT JOIN Fases ON Fase_Id = {phase}
     GROUP BY {phase} ORDER BY errors DESC, phase_id"""


def match_rates(oracle: Oracle) -> dict[str, dict[str, int]]:
    """Match rates over every loaded row, before any is refused."""
    rates = {}
    for header, (sheet, target, key) in TARGETS.items():
        rates[f"{header} → {key}"] = oracle.records(f"""{COUNTED}
            FROM (SELECT {header} AS value,
                         value IN (SELECT {key} FROM loaded_{target} WHERE {key} IS NOT NULL) AS found
                    FROM loaded_{sheet} WHERE {header} IS NOT NULL)""")[0]
    rates[COMPOSITE] = oracle.records(f"""{COUNTED}
        FROM (SELECT {{'a': ProdutoFase_ProdutoId, 'b': ProdutoFase_FaseId}} AS value,
                     ProdutoFase_ProdutoId IN (SELECT Produto_Id FROM loaded_Modelos WHERE Produto_Id IS NOT NULL)
                     AND ProdutoFase_FaseId IN (SELECT Fase_Id FROM loaded_Fases WHERE Fase_Id IS NOT NULL) AS found
                FROM loaded_FasesStandardModelos
               WHERE ProdutoFase_ProdutoId IS NOT NULL AND ProdutoFase_FaseId IS NOT NULL)""")[0]
    return rates


def overview(oracle: Oracle) -> dict[str, Any]:
    """The key figures."""
    orders = oracle.records(OVERVIEW, [oracle.as_of])[0]
    phases = oracle.records("""
        SELECT count(*) AS order_phases, count(*) FILTER (FaseOf_Fim IS NULL) AS phases_without_end,
               count(FaseOf_Fim) AS finished_phases,
               count(*) FILTER (FaseOf_Retorno = 1 AND FaseOf_Fim IS NOT NULL) AS return_phases
          FROM FasesOrdemFabrico""")[0]
    errors = oracle.records("SELECT count(*) AS n FROM Errors")[0]["n"]
    late = standing.overdue(oracle)
    return {
        **orders,
        **phases,
        **late,
        "standing": standing.shown(oracle),
        "on_time_delivery_ratio": _share(orders["on_time_orders"], orders["delivery_orders"]),
        "on_time_delivery_by_due_ratio": _share(orders["due_on_time_orders"], orders["due_orders"]),
        "throughput_window_days": 30,
        "throughput_orders_per_day": orders["throughput_orders"] / 30,
        "return_ratio": _share(phases["return_phases"], phases["finished_phases"]),
        "quality_errors": errors,
        "quality_orders": orders["orders"],
        "quality_errors_per_order": _share(errors, orders["orders"]),
    }


def by_employee(oracle: Oracle) -> dict[str, Any]:
    """Work by employee number."""
    return {"employees": oracle.records(EMPLOYEES)}


def quality(oracle: Oracle) -> dict[str, Any]:
    """Errors by severity, judging phase and description."""
    totals = oracle.records(f"""
        SELECT count(*) AS errors, {SEVERITY}, count(DISTINCT Of_Id) AS orders_with_errors,
               count(*) FILTER (Of_Id IS NULL) AS errors_of_unknown_orders
          FROM Errors LEFT JOIN OrdensFabrico ON Of_Id = Erro_OfId""")[0]
    orders = oracle.records("SELECT count(*) AS n FROM OrdensFabrico")[0]["n"]
    descriptions = oracle.records("""
        SELECT Erro_Descricao AS description, count(*) AS errors FROM Errors GROUP BY ALL""")
    descriptions.sort(key=lambda row: (-row["errors"], row["description"]))
    nested = _nested(totals)
    return {
        **nested,
        "orders_with_errors_ratio": _share(totals["orders_with_errors"], orders),
        "by_evaluation_phase": _by_phase(oracle, "Erro_FaseAvaliacao", ""),
        "top_descriptions": descriptions[:10],
        "checklist": judged_remarks.counts(oracle.records(judged_remarks.REMARKS)),
    }


def by_culprit_phase(oracle: Oracle) -> dict[str, Any]:
    """Errors by the culprit's phase."""
    counts = oracle.records("""
        SELECT count(FaseOf_Id) AS attributed_errors,
               count(*) FILTER (Erro_FaseOfCulpada IS NOT NULL AND FaseOf_Id IS NULL) AS unknown_culprit_errors,
               count(*) FILTER (Erro_FaseOfCulpada IS NULL) AS without_culprit_errors
          FROM Errors LEFT JOIN FasesOrdemFabrico ON FaseOf_Id = Erro_FaseOfCulpada""")[0]
    join = "JOIN FasesOrdemFabrico ON FaseOf_Id = Erro_FaseOfCulpada"
    return {**counts, "by_culprit_phase": _by_phase(oracle, "FaseOf_FaseId", join)}


def _by_phase(oracle: Oracle, phase: str, join: str) -> list[dict[str, Any]]:
    rows = oracle.records(BY_PHASE.format(phase=phase, severity=SEVERITY, join=join))
    return [_nested(row) for row in rows]


def _nested(row: dict[str, Any]) -> dict[str, Any]:
    severities = {name: row[name] for name in ("severity_1", "severity_2", "severity_3")}
    return {name: value for name, value in row.items() if name not in severities} | {"by_severity": severities}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def of_run(oracle: Oracle) -> dict[str, Any]:
    """The figures of a run in kpis/by-run, with its as_of."""
    return {"as_of": oracle.as_of} | {name: overview(oracle)[name] for name in OF_RUN}
