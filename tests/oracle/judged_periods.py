"""Quality errors of a period: each by the day on which the execution that judged it ended; counted in Python."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from tests.oracle import rates
from tests.oracle.periods import Days

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle

ERRORS = """
    SELECT Erro_Descricao AS said, Erro_OfId AS ordered, Erro_FaseAvaliacao AS judge, OFCH_GRAVIDADE AS severity,
           Erro_FaseOfCulpada AS culprit, j.FaseOf_Fim AS judged_at, c.FaseOf_FaseId AS culprit_phase
      FROM OrdemFabricoErros
      JOIN FasesOrdemFabrico AS j ON j.FaseOf_Id = Erro_FaseOfAvaliacao
      LEFT JOIN FasesOrdemFabrico AS c ON c.FaseOf_Id = Erro_FaseOfCulpada"""


def overview(oracle: Oracle, days: Days) -> dict[str, Any]:
    """quality/overview of a period."""
    errors = _errors(oracle, days)
    known = {row["o"] for row in oracle.records("SELECT Of_Id AS o FROM OrdensFabrico")}
    named = {error["ordered"] for error in errors} & known
    worked = {row["Of_Id"] for row in _finished(oracle, days)} | named
    texts = Counter(error["said"] for error in errors)
    return {
        "errors": len(errors),
        "by_severity": _severities(errors),
        "orders_with_errors": len(named),
        "orders_with_errors_ratio": len(named) / len(worked) if worked else None,
        "errors_of_unknown_orders": sum(error["ordered"] not in known for error in errors),
        "by_evaluation_phase": _by_phase(oracle, errors, "judge"),
        "top_descriptions": [
            {"description": text, "errors": count}
            for text, count in sorted(texts.items(), key=lambda one: (-one[1], one[0]))[:10]
        ],
    }


def by_phase(oracle: Oracle, days: Days) -> dict[str, Any]:
    """quality/by-phase of a period."""
    errors = _errors(oracle, days)
    finished = Counter(row["FaseOf_FaseId"] for row in _finished(oracle, days))
    phases = _by_phase(oracle, errors, "judge")
    for phase in phases:
        number, done = phase["phase_id"], finished[phase["phase_id"]]
        phase["orders_with_errors"] = len({error["ordered"] for error in errors if error["judge"] == number})
        phase["finished_phases"] = done
        phase["errors_per_finished_phase"] = phase["errors"] / done if done else None
    return {"errors": len(errors), "phases": phases}


def by_culprit_phase(oracle: Oracle, days: Days) -> dict[str, Any]:
    """quality/by-culprit-phase of a period."""
    errors = _errors(oracle, days)
    found = [error for error in errors if error["culprit_phase"] is not None]
    without = sum(error["culprit"] is None for error in errors)
    return {
        "attributed_errors": len(found),
        "unknown_culprit_errors": len(errors) - without - len(found),
        "without_culprit_errors": without,
        "by_culprit_phase": _by_phase(oracle, found, "culprit_phase"),
    }


def _errors(oracle: Oracle, days: Days) -> list[dict[str, Any]]:
    return [error for error in oracle.records(ERRORS) if error["judged_at"] in days]


def _finished(oracle: Oracle, days: Days) -> list[dict[str, Any]]:
    return [one for one in rates.executions(oracle) if one["FaseOf_Fim"] in days]


def _by_phase(oracle: Oracle, errors: list[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    names = {row["i"]: row["n"] for row in oracle.records("SELECT Fase_Id AS i, Fase_Nome AS n FROM Fases")}
    found = defaultdict(list)
    for error in errors:
        found[error[by]].append(error)
    phases = [
        {
            "phase_id": phase,
            "phase_name": names.get(phase),
            "errors": len(own),
            "by_severity": _severities(own),
        }
        for phase, own in found.items()
    ]
    return sorted(phases, key=lambda one: (-one["errors"], one["phase_id"]))


def _severities(errors: list[dict[str, Any]]) -> dict[str, int]:
    counts = Counter(error["severity"] for error in errors)
    return {f"severity_{level}": counts[level] for level in (1, 2, 3)}
