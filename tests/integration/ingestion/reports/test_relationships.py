"""Relationships are counted exactly: rows and distinct values, before any row is refused."""

from __future__ import annotations

import json

import pytest

from app.contract import RELATIONSHIPS
from tests.integration.ingestion.conftest import Plant
from tests.integration.ingestion.factory import (
    ASSIGNMENTS,
    ORDERS,
    PHASES,
    PRODUCTS,
    factory,
)

pytestmark = pytest.mark.usefixtures("read_here")


def test_relationships_are_exact_in_both_denominators(plant: Plant) -> None:
    rows = factory()
    rows[PRODUCTS].pop(0)  # 900: the product of orders 0, 3, … 18
    rows[ASSIGNMENTS] += [[4711, 1, 0], [4711, 2, 0], [4712, 1, 0]]
    plant.ingest(rows, reports_dir=plant.folder)
    report = json.loads((plant.folder / "RELATIONSHIPS_REPORT.json").read_text(encoding="utf-8"))
    found = {one["relationship"]: one for one in report["relationships"]}
    assert len(found) == len(RELATIONSHIPS)
    products = found["Of_ProdutoId → Produto_Id"]
    assert products["rows"] == {"referencing": 20, "matched": 13, "orphans": 7, "match_rate": 13 / 20}
    assert products["distinct"] == {"referencing": 3, "matched": 2, "orphans": 1, "match_rate": 2 / 3}
    assert products["orphan_sample"] == ["900"]
    work = found["FuncionarioFaseOf_FaseOfId → FaseOf_Id"]
    assert (work["rows"]["referencing"], work["rows"]["matched"]) == (43, 40)
    assert (work["distinct"]["referencing"], work["distinct"]["matched"]) == (42, 40)
    route = found["FasesStandardModelos → Modelos and Fases"]
    assert (route["rows"]["referencing"], route["rows"]["matched"]) == (3, 2)
    assert route["orphan_sample"] == ["900/1"]


def test_match_rates_count_rows_before_rejection(plant: Plant) -> None:
    rows = factory()
    rows[PHASES][38][9] = 5  # refused, yet assignments and errors refer to it and it exists
    del rows[ORDERS][19]  # its phases are refused as orphans, and count as referencing
    plant.ingest(rows)
    found = plant.rows("SELECT relationship, rows_referencing, rows_matched FROM audit.relationships")
    rates = {name: (referencing, matched) for name, referencing, matched in found}
    assert rates["FaseOf_OfId → Of_Id"] == (40, 38)
    assert rates["FuncionarioFaseOf_FaseOfId → FaseOf_Id"] == (40, 40)
    assert rates["Erro_OfId → Of_Id"] == (21, 20)


def test_a_gate_without_references_is_disabled(plant: Plant) -> None:
    rows = factory()
    rows[ASSIGNMENTS].clear()
    plant.ingest(rows)
    gates = plant.rows("SELECT status, match_rate FROM audit.feature_gates WHERE gate = 'employee_productivity'")
    assert gates == [("DISABLED", None)]
