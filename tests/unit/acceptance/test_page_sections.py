"""The project's part of the run's page: in the gate's format, with the numbers of the reports, whole or left out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.performance.plans.explain import ExplainedStatement
from app.performance.plans.plan import Node, Plan
from release_gate.telling.page.blocks import Bars, Distributions, Flow, Split, Tree, part_of
from tests.acceptance.support.latencies.baseline import Baseline
from tests.acceptance.support.page.latencies import counted, geometric
from tests.acceptance.support.page.plans import plans_section
from tests.acceptance.support.page.sections import project_part
from tests.acceptance.support.page.seen import Seen

SHEET = {"sheet": "Fases", "rows_extracted": 10, "rows_loaded": 10, "rows_merged": 7}
INGESTION = {"sheets": [SHEET | {"rows_rejected": 3, "rejects_by_reason": {"NULL_KEY": 2, "DUPLICATE_ROW": 1}}]}
GATE = {
    "gate": "produto_join",
    "status": "DEGRADED",
    "relationship": "Of_ProdutoId → Produto_Id",
    "over": "distinct",
    "match_rate": 0.725,
    "matched": 29,
    "referencing": 40,
    "enabled_at": 0.95,
    "degraded_at": None,
    "guards": ["/api/kpis/by-product"],
    "values": ["product_name"],
    "remedy": "Export Modelos.",
}
RATES = {"match_rate": 0.5, "orphans": 3}
RELATIONSHIPS = {"relationships": [{"relationship": "a → b", "rows": RATES, "distinct": {**RATES, "match_rate": None}}]}
SLO = {
    "name": "orders-list",
    "title": "Orders list",
    "endpoint": "/api/prodplan/orders",
    "status": "MET",
    "reason": "under the target",
    "samples": 4,
    "errors": 0,
    "p50_ms": 470.0,
    "p95_ms": 480.0,
    "upper_bound_ms": 490.0,
    "target_ms": 400.0,
    "latencies_ms": [460.0, 470.0, 470.5, 480.0],
}
UNMEASURED = {**SLO, "name": "x", "status": "NOT_MEASURED", "reason": "the machine was busy", "latencies_ms": []}
LOAD = {"calibration": {"p50_ms": 15.0}, "machine": {"load_1min": 1.5, "other_ratio": 0.02}}
RESULTS = {"load": LOAD, "slos": [SLO, UNMEASURED]}
REPORTS = {
    "ingestion_report.json": INGESTION,
    "FEATURE_GATES.json": {"gates": [GATE, {**GATE, "status": "DISABLED", "match_rate": None}]},
    "RELATIONSHIPS_REPORT.json": RELATIONSHIPS,
    "SLO_RESULTS.json": RESULTS,
}
REFUSED = [("Fases", 4, "NULL_KEY", "Fase_Id is empty")]


def node(depth: int, kind: str, self_ms: float, total_ms: float) -> Node:
    return Node(depth, kind, None, None, (), 1, 5.0, 5.0, 0.0, total_ms, self_ms, False)


class _Request:
    """The parts of an explained request that the page reads."""

    def __init__(self, *nodes: Node) -> None:
        plan = Plan(nodes, 0, nodes[0].total_ms, 0.0, {})
        statement = type("Statement", (), {"text": "SELECT  1"})()
        self.path, self.rows_examined, self.rows_returned = "/api/prodplan/orders", 5.0, 1.0
        self.statements = (ExplainedStatement(statement, plan),)


REQUEST: Any = _Request(
    node(0, "Limit", 1.0, 100.0),
    node(1, "Sort", 90.0, 99.0),
    node(2, "Seq Scan", 9.0, 9.0),
    node(1, "Result", 0.1, 0.1),
)


def part(folder: Path, seen: Seen, *names: str) -> Any:
    for name in names or REPORTS:
        (folder / name).write_text(json.dumps(REPORTS[name]), encoding="utf-8")
    return part_of(project_part(folder, seen))


@pytest.fixture
def whole(tmp_path: Path) -> Any:
    plans: dict[str, Any] = {"orders-list": (REQUEST,)}
    return part(tmp_path, Seen(list(REFUSED), plans, Baseline("20260101_000000", {"slos": [SLO]})))


def blocks(whole: Any, kind: type) -> list[Any]:
    return [one for section in whole.sections for one in section.blocks if isinstance(one, kind)]


def test_flow_ends_in_merged_and_each_reason(whole: Any) -> None:
    (flow,) = blocks(whole, Flow)
    (row,) = flow.rows
    assert [step.value for step in row.steps] == [10, 10]
    assert [(end.value, end.tone) for end in row.ends] == [(7, "good"), (2, "bad"), (1, "plain")]


def test_gates_have_thresholds_what_is_closed_and_the_remedy(whole: Any) -> None:
    (bars,) = blocks(whole, Bars)
    degraded, disabled = bars.rows
    assert (degraded.value, [mark.value for mark in degraded.marks]) == (72.5, [95.0])
    assert disabled.value is None and disabled.tone == "bad"
    told = " ".join(note.en for note in disabled.notes)
    assert "Closed: /api/kpis/by-product" in told and "Export Modelos." in told


def test_every_latency_is_counted_and_an_unmeasured_slo_is_named(whole: Any) -> None:
    (distributions,) = blocks(whole, Distributions)
    (row,) = distributions.rows
    assert sum(row.counts) == sum(row.earlier) == 4
    assert [mark.value for mark in row.marks] == [470.0, 480.0, 490.0, 400.0]
    texts = [one.text for section in whole.sections for one in section.blocks if hasattr(one, "text")]
    assert any("the machine was busy" in text.en for text in texts)


def test_split_adds_up_to_the_median(whole: Any) -> None:
    (split,) = blocks(whole, Split)
    (row,) = split.rows
    assert [part.value for part in row.parts] == [100.0, 355.0, 15.0]


def test_tree_keeps_costly_nodes_below_their_parents() -> None:
    requests: Any = {"orders-list": (REQUEST,)}
    section = part_of({"sections": [plans_section(RESULTS, requests)]}).sections[0]
    (tree,) = [one for one in section.blocks if isinstance(one, Tree)]
    statement = tree.roots[0].below[0].below[0]
    limit = statement.below[0]
    assert (limit.label, [one.label for one in limit.below]) == ("Limit", ["Sort"])
    assert limit.below[0].tone == "warn" and limit.below[0].below[0].label == "Seq Scan"


@pytest.mark.parametrize("missing", sorted(REPORTS))
def test_report_that_is_missing_costs_its_section_alone(missing: str, tmp_path: Path) -> None:
    found = part(tmp_path, Seen(), *(name for name in REPORTS if name != missing))
    assert len(found.sections) == (3 if missing == "RELATIONSHIPS_REPORT.json" else 2)


def test_run_that_wrote_nothing_has_no_section(tmp_path: Path) -> None:
    assert part_of(project_part(tmp_path, Seen())).sections == []


def test_edges_hold_every_value() -> None:
    values = [0.01, 5.0, 5.0, 4000.0]
    assert sum(counted(values, geometric(min(values), max(values)))) == len(values)
    assert sum(counted([3.0], geometric(3.0, 3.0))) == 1
