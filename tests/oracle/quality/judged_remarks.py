"""Checklist lines that are no errors, counted in Python."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.oracle.reading.checklist import GOOD, JUDGE

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle

REMARKS = """
    SELECT Erro_Descricao AS said, Erro_OfId AS ordered, Erro_FaseAvaliacao AS judge, j.FaseOf_Fim AS judged_at
      FROM Remarks LEFT JOIN FasesOrdemFabrico AS j ON j.FaseOf_Id = Erro_FaseOfAvaliacao"""


def counts(remarks: list[dict[str, Any]]) -> dict[str, int]:
    """The member `checklist` of quality/overview."""
    return {
        "declared_lines": len(GOOD),
        "seen_lines": len({remark["said"] for remark in remarks}),
        "rows": len(remarks),
    }


def lines(oracle: Oracle, remarks: list[dict[str, Any]]) -> dict[str, Any]:
    """quality/checklist."""
    names = {row["i"]: row["n"] for row in oracle.records("SELECT Fase_Id AS i, Fase_Nome AS n FROM Fases")}
    seen = Counter(remark["said"] for remark in remarks)
    found = [
        {"phase_id": JUDGE, "phase_name": names.get(JUDGE), "description": text, "rows": seen[text]} for text in GOOD
    ]
    return {**counts(remarks), "lines": sorted(found, key=lambda one: (-one["rows"], one["description"]))}


def of_order(oracle: Oracle, order: int) -> int:
    """The remarks that name an order."""
    return sum(remark["ordered"] == order for remark in oracle.records(REMARKS))
