"""Errors by judging and culprit phase, the errors of an order, and its people; counted and sorted in Python."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tests.oracle import dispatch, floor, standing
from tests.oracle.quality import judged_remarks
from tests.oracle.quality.judged_periods import Part

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle

ERRORS = """
    SELECT Erro_Descricao AS description, OFCH_GRAVIDADE AS severity, Erro_OfId AS ordered,
           Erro_FaseAvaliacao AS evaluation_phase_id, e.Fase_Nome AS evaluation_phase_name,
           Erro_FaseOfAvaliacao AS evaluation_order_phase_id, j.FaseOf_Fim AS judged_at,
           Erro_FaseOfCulpada AS culprit_order_phase_id, c.FaseOf_FaseId AS culprit_phase_id,
           p.Fase_Nome AS culprit_phase_name
      FROM Errors
      LEFT JOIN FasesOrdemFabrico AS j ON j.FaseOf_Id = Erro_FaseOfAvaliacao
      LEFT JOIN FasesOrdemFabrico AS c ON c.FaseOf_Id = Erro_FaseOfCulpada
      LEFT JOIN Fases AS e ON e.Fase_Id = Erro_FaseAvaliacao
      LEFT JOIN Fases AS p ON p.Fase_Id = c.FaseOf_FaseId"""
ATTRIBUTION, ASSIGNMENT = "Erro_FaseOfCulpada → FaseOf_Id", "FuncionarioFaseOf_FaseOfId → FaseOf_Id"


def matrix(oracle: Oracle, part: Part | None = None) -> dict[str, Any]:
    """quality/culprit-matrix, whole or of a part."""
    asked = part or Part()
    made = standing.products(oracle)
    errors = [
        one
        for one in oracle.records(ERRORS)
        if (asked.days is None or one["judged_at"] in asked.days)
        and asked.phase in (None, one["evaluation_phase_id"])
        and (asked.product is None or made.get(one["ordered"], (None,))[0] == asked.product)
    ]
    cells: dict[tuple[int, int], dict[str, Any]] = {}
    for error in errors:
        if error["culprit_phase_id"] is None:
            continue
        names = ("evaluation_phase_id", "evaluation_phase_name", "culprit_phase_id", "culprit_phase_name")
        empty = {name: error[name] for name in names} | {
            "errors": 0,
            "by_severity": {f"severity_{level}": 0 for level in (1, 2, 3)},
        }
        cell = cells.setdefault((error["evaluation_phase_id"], error["culprit_phase_id"]), empty)
        cell["errors"] += 1
        cell["by_severity"][f"severity_{error['severity']}"] += 1
    without = sum(error["culprit_order_phase_id"] is None for error in errors)
    attributed = sum(cell["errors"] for cell in cells.values())
    return {
        "attributed_errors": attributed,
        "unknown_culprit_errors": len(errors) - without - attributed,
        "without_culprit_errors": without,
        "cells": [cell for _, cell in sorted(cells.items(), key=lambda one: (-one[1]["errors"], one[0]))],
    }


def errors_of(oracle: Oracle, order: int) -> dict[str, Any]:
    """The answer of orders/{id}/errors."""
    is_open = oracle.supports(ATTRIBUTION, 50)
    found = []
    for row in oracle.records(ERRORS):
        if row["ordered"] == order:
            error = {name: value for name, value in row.items() if name != "ordered"}
            hidden = {} if is_open else {"culprit_phase_id": None, "culprit_phase_name": None}
            found.append(error | hidden)
    found.sort(
        key=lambda one: (
            one["judged_at"] is None,
            one["judged_at"] or oracle.as_of,
            one["evaluation_order_phase_id"],
            one["evaluation_phase_id"],
            -one["severity"],
            one["description"],
            one["culprit_order_phase_id"] is None,
            one["culprit_order_phase_id"] or 0,
        )
    )
    remarks = judged_remarks.of_order(oracle, order)
    return {"work_order_id": order, "checklist_rows": remarks, "errors": found}


def people_of(oracle: Oracle, order: int) -> dict[str, Any] | None:
    """The answer of orders/{id}/people; None where the gate is closed."""
    if not oracle.supports(ASSIGNMENT, 90):
        return None
    workers = defaultdict(list)
    for row in oracle.records(
        """
        SELECT FuncionarioFaseOf_FaseOfId AS phase, FuncionarioFaseOf_FuncionarioId AS person,
               FuncionarioFaseOf_Chefe = 1 AS chief
          FROM FuncionariosFaseOrdemFabrico
         WHERE FuncionarioFaseOf_FaseOfId IN (SELECT FaseOf_Id FROM FasesOrdemFabrico WHERE FaseOf_OfId = ?)
         ORDER BY person""",
        [order],
    ):
        workers[row["phase"]].append({"employee_id": row["person"], "is_chief": row["chief"]})
    qualified = defaultdict(list)
    for skill in oracle.records(dispatch.SKILLS):
        if skill["active"]:
            qualified[skill["phase"]].append(skill["person"])
    phases = [
        {
            **{name: phase[name] for name in ("order_phase_id", "sequence", "phase_id", "phase_name")},
            "workers": workers[phase["order_phase_id"]],
            "qualified_employees": qualified[phase["phase_id"]],
        }
        for phase in oracle.records(floor.PHASES_OF_ORDER, [order])
    ]
    return {"work_order_id": order, "phases": phases}
