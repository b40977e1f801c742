"""Criterion D: what the data cannot support is not answered, what it can is answered right."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from app.features.gate_declaration import gate_named, load_gates
from app.features.gate_judgement import MatchRate, judge
from app.ingestion.run_result import IngestionResult
from tests.acceptance.support.answers import answered, pages, simulated, simulated_rows
from tests.acceptance.support.backend import ROOT, WORKERS, Api, Backend
from tests.acceptance.support.declared_gates import DECLARED, GUARDED, DeclaredGate
from tests.acceptance.support.errands.errand import Errand
from tests.acceptance.support.errands.trial_answers import Crossings, Marked, Refused, Tampered, lower_edge
from tests.acceptance.support.expected_answers import Expected
from tests.acceptance.support.trial import answer_of
from tests.acceptance.support.two_exports import by_run
from tests.oracle import Oracle, differences

pytestmark = pytest.mark.prod_ready

SCHEMA = ROOT / "app" / "schemas" / "feature_gates.schema.json"


@pytest.fixture(scope="module")
def gates(run_folder: Path, ingestion: IngestionResult) -> dict[str, dict[str, Any]]:
    """FEATURE_GATES.json of this run, by gate."""
    document = json.loads((run_folder / "FEATURE_GATES.json").read_text(encoding="utf-8"))
    return {gate["gate"]: gate for gate in document["gates"]}


@pytest.mark.check("D1")
def test_match_rates_equal_an_independent_computation(
    ingestion: IngestionResult, run_folder: Path, oracle: Oracle, evidence: Any
) -> None:
    report = json.loads((run_folder / "RELATIONSHIPS_REPORT.json").read_text(encoding="utf-8"))
    published = {one["relationship"]: one for one in report["relationships"]}
    expected = oracle.match_rates()
    names = ("rows_matched", "rows_referencing", "distinct_matched", "distinct_referencing")
    rows, differing = [], []
    for relationship, rates in expected.items():
        over = published[relationship]
        mine = [over[counted][figure] for counted in ("rows", "distinct") for figure in ("matched", "referencing")]
        theirs = [rates[name] for name in names]
        rows.append([relationship, *mine])
        if mine != theirs:
            differing.append(f"{relationship}: published {mine}, DuckDB {theirs}")
    evidence.table("match rates", ["relationship", *names], rows)
    assert report["run_id"] == ingestion.run_id
    evidence.expect(sorted(published), "relationships published", source="RELATIONSHIPS_REPORT.json").same_items(
        sorted(expected)
    )
    assert not differing, f"match rates differ: {'; '.join(differing)}"


@pytest.mark.check("D2")
def test_feature_gates_file_is_valid_and_of_this_run(
    run_folder: Path, ingestion: IngestionResult, backend: Backend, subject: dict[str, Any], evidence: Any
) -> None:
    document = json.loads((run_folder / "FEATURE_GATES.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
    evidence.record("run_id", document["run_id"], source="FEATURE_GATES.json")
    stored = backend.rows(
        "SELECT gate, status, matched, referencing FROM audit.feature_gates WHERE run_id = :run", run=ingestion.run_id
    )
    in_file = {(g["gate"], g["status"], g["matched"], g["referencing"]) for g in document["gates"]}
    changed = sorted(in_file ^ {tuple(row) for row in stored})
    assert not changed, f"FEATURE_GATES.json is not what the run judged (changed since?); they differ in: {changed}"
    named = "FEATURE_GATES.json"
    evidence.expect(backend.live_run(), "live run", source="core.current_snapshot").equals(ingestion.run_id)
    evidence.expect(document["run_id"], "run_id of the gates", source=named).equals(ingestion.run_id)
    sha256 = subject["workbook"]["sha256"]
    evidence.expect(document["excel_sha256"], "excel_sha256 of the gates", source=named).equals(sha256)


@pytest.mark.check("D3")
@pytest.mark.parametrize("declared", DECLARED, ids=lambda gate: gate.name)
def test_statuses_follow_from_rates_and_thresholds(
    declared: DeclaredGate, gates: dict[str, dict[str, Any]], evidence: Any
) -> None:
    gate = gate_named(declared.name)
    assert {one.name for one in load_gates()} == {one.name for one in DECLARED}
    assert (gate.relationship, str(gate.denominator)) == (declared.relationship, declared.over)
    total = 1_000
    edges = {int(declared.enabled_at * total), int(declared.disabled_below * total)}
    cases = sorted({n for edge in edges for n in (edge - 1, edge, edge + 1) if 0 <= n <= total} | {0, total})
    rows = []
    for matched, referencing in [*((n, total) for n in cases), (0, 0)]:
        found = judge(gate, MatchRate(referencing, matched, referencing, matched, ())).status
        rows.append([matched, referencing, str(found), declared.status(matched, referencing)])
    evidence.table(f"{declared.name} around its thresholds", ["matched", "referencing", "judged", "declared"], rows)
    wrong = [f"{m}/{n} is judged {found}, declared {wanted}" for m, n, found, wanted in rows if found != wanted]
    assert not wrong, f"{declared.name}: {'; '.join(wrong)}"
    live = gates[declared.name]
    follows = declared.status(live["matched"], live["referencing"])
    said = (
        f"FEATURE_GATES.json says {declared.name} is {live['status']}; its own {live['matched']}/{live['referencing']}"
    )
    assert live["status"] == follows, f"{said} makes it {follows}"


def assert_closed(answer: Any, declared: DeclaredGate) -> dict[str, Any]:
    """409 with everything that the caller must know, and no data."""
    assert answer.status_code == 409, f"{answer.url} answered {answer.status_code}: the gate is open"
    assert answer.headers["content-type"].startswith("application/problem+json")
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == "NOT_SUPPORTED_BY_DATA"
    assert problem["gate"] == declared.name
    assert problem["relationship"] == declared.relationship
    assert {"match_rate", "threshold", "remedy", "detail", "status", "title"} <= problem.keys()
    assert not {key for key, value in problem.items() if isinstance(value, list | dict)}, "a refusal carries data"
    return problem


@pytest.mark.check("D4")
@pytest.mark.parametrize("declared", GUARDED, ids=lambda gate: gate.name)
def test_disabled_gates_refuse_and_nothing_else_leaks(
    declared: DeclaredGate,
    api: Api,
    gates: dict[str, dict[str, Any]],
    refused_seen: Errand[Refused],
    evidence: Any,
) -> None:
    live = gates[declared.name]["status"]
    status = answer_of(api, declared).status_code
    evidence.record(f"{declared.name} on this workbook", f"{live}: {status}", source=declared.route)
    assert (status == 409) == (live == "DISABLED"), f"{declared.name} is {live} and {declared.route} answers {status}"
    refused = refused_seen.result()
    problem = assert_closed(refused.answers[declared.name], declared)
    evidence.record("refusal", problem["detail"], source=declared.route)
    route = declared.route.replace("{product}", "{product_id}")
    assert "409" in refused.operations[route]["get"]["responses"], f"{route} does not declare its refusal"


@pytest.mark.check("D5")
def test_degraded_features_say_so(
    api: Api, gates: dict[str, dict[str, Any]], degraded_seen: Errand[list[Marked]], evidence: Any
) -> None:
    said = api.json("/api/prodplan/orders", limit=1)["data_quality"]
    marked = {entry["gate"]: entry["status"] for entry in said or []}
    evidence.record("produto_join on this workbook", gates["produto_join"]["status"], source="FEATURE_GATES.json")
    status = gates["produto_join"]["status"]
    told = (
        f"produto_join is {status} in FEATURE_GATES.json; the order list says {marked.get('produto_join', 'nothing')}"
    )
    assert (marked.get("produto_join") == "DEGRADED") == (status == "DEGRADED"), told
    for mark in degraded_seen.result():
        claim = f"{mark.gate} at {mark.percent} %, by the gates {mark.obeyed}"
        evidence.record(claim, mark.status, source=mark.path)
        assert mark.status == "DEGRADED", f"{mark.path} hides that {mark.gate} is degraded"


@pytest.mark.check("D6")
def test_gates_fail_closed(tampered_seen: Errand[Tampered], evidence: Any) -> None:
    seen = tampered_seen.result()
    evidence.table("tampered gates", ["case", "gate", "status"], [list(row) for row in seen.statuses])
    shut = [name for name, status in seen.supported.items() if status == 409]
    evidence.expect(shut, "gates that a sound file leaves shut", source="HTTP status").equals([])
    open_doors = [f"{case}: {gate}" for case, gate, status in seen.statuses if status != 409]
    assert not open_doors, f"left open: {'; '.join(open_doors)}"
    restored = any(order["product_name"] for order in seen.names["orders"])
    assert restored, "with the run's own FEATURE_GATES.json in place product names stay closed: is that file sound?"
    assert not any(order["product_name"] for order in seen.closed_names["orders"]), "names leak without gates"


@pytest.mark.check("D7")
@pytest.mark.parametrize("declared", GUARDED, ids=lambda gate: gate.name)
def test_better_data_opens_and_worse_data_closes(
    declared: DeclaredGate, crossings_seen: Errand[Crossings], evidence: Any
) -> None:
    edge, crossings = lower_edge(declared), crossings_seen.result()
    rows = [[matched, status, 200 if matched >= edge else 409] for matched, status in crossings[declared.name]]
    evidence.table(f"{declared.name}, one served API", ["matched of 100", "status", "expected"], rows)
    for matched, status, expected in rows:
        claim = f"{declared.route} with {matched} of 100 references matched"
        evidence.expect(status, claim, source="HTTP status, one served API").equals(expected)


@pytest.mark.check("D8")
def test_open_answers_equal_an_independent_computation(
    api: Api,
    oracle: Oracle,
    expected_answers: Expected,
    two_exports_seen: Errand[dict[str, list[str]]],
    ingestion: IngestionResult,
    evidence: Any,
) -> None:
    orders, found = expected_answers["orders"], dict[str, list[str]]()
    asked = questions(api, expected_answers, ingestion.run_id)
    with ThreadPoolExecutor(WORKERS) as pool:
        listing = pool.submit(pages, api, len(orders))
        answers = pool.map(lambda question: question[0](), asked.values())
        for (path, (_, body)), answer in zip(asked.items(), answers, strict=True):
            found[path] = differences(body, answer)
    listed = listing.result()
    found["/api/prodplan/orders"] = differences(orders, listed)
    found["/api/kpis/by-run"] = by_run(api, {ingestion.run_id: (oracle.path.name, oracle)})
    found |= two_exports_seen.result()
    evidence.table("answers", ["path", "differences"], [[path, len(lines)] for path, lines in found.items()])
    evidence.record("orders_compared", len(listed), unit="orders", source="every page of /api/prodplan/orders")
    wrong = [f"{path}: {lines[0]}" for path, lines in found.items() if lines]
    assert not wrong, f"answers differ from the workbook: {'; '.join(wrong)}"


def questions(api: Api, expected: Expected, run_id: int) -> dict[str, tuple[Callable[[], Any], Any]]:
    """A function that asks each address, and the answer that the oracle gives; those that take longest come first."""
    asked: dict[str, tuple[Callable[[], Any], Any]] = {}
    for scenario, simulation, rows, schedule in expected["of_run"]:
        for path, body in (("simulate", simulation), ("schedule?limit=10000", schedule)):
            ask = partial(simulated, api, scenario, f"/api/whatif/{path}")
            asked[f"/api/whatif/{path} {scenario}"] = ask, {"run_id": run_id, **body}
        asked[f"/api/whatif/simulate.csv {scenario}"] = partial(simulated_rows, api.client, scenario), rows
    for filters, page in expected["filtered"]:
        asked[f"/api/prodplan/orders {filters}"] = partial(first_page, api, filters), page
    return asked | {path: (partial(answered, api, path), body) for path, body in expected["by_path"].items()}


def first_page(api: Api, filters: dict[str, Any]) -> Any:
    return api.json("/api/prodplan/orders", limit=500, **filters)["orders"]
