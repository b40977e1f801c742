"""The SLO file: the six targets as designed, and nonsense refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from app.performance.errors import DeclarationError
from app.performance.slo.slo_declaration import LEAST_REQUESTS, SLO_FILE, load_slos


def test_declared_targets_are_the_designs() -> None:
    assert {slo.endpoint: (slo.target_ms, slo.quantile) for slo in load_slos()} == {
        "/api/prodplan/orders": (400, 0.95),
        "/api/prodplan/orders/{work_order_id}": (250, 0.95),
        "/api/prodplan/schedule/current": (250, 0.95),
        "/api/kpis/overview": (300, 0.95),
        "/api/smartinventory/wip": (300, 0.95),
        "/api/quality/overview": (300, 0.95),
    }


def test_declared_load_makes_a_verdict_possible_within_half_a_minute() -> None:
    for slo in load_slos():
        assert slo.measured_requests >= LEAST_REQUESTS
        assert (slo.measured_requests + slo.warm_up_requests) / slo.rate_per_s <= 30


NONSENSE = {
    "another version": ("apiVersion: openslo/v1\nkind: SLO", "apiVersion: openslo/v2alpha\nkind: SLO"),
    "unknown kind": ("kind: Service", "kind: Servant"),
    "misspelt member": ("arrival_rate_per_s: 22", "arrival_rate: 22"),
    "member too many": ("timeout_s: 10", "timeout_s: 10\n        retries: 3"),
    "rate of nothing": ("arrival_rate_per_s: 22", "arrival_rate_per_s: 0"),
    "too few requests": ("measured_requests: 420", "measured_requests: 399"),
    "no warm-up": ("warm_up_requests: 20", "warm_up_requests: 0"),
    "target as text": ("value: 400", 'value: "400"'),
    "target of nothing": ("value: 400", "value: 0"),
    "target beyond the timeout": ("value: 400", "value: 10000"),
    "all of them": ("target: 0.95", "target: 1.0"),
    "a share in percent": ("target: 0.95", "target: 95"),
    "at most instead of under": ("op: lt, value: 400", "op: gt, value: 400"),
    "unknown service": ("service: prodplan-api", "service: other-api"),
    "unknown indicator": ("indicatorRef: orders-list-latency", "indicatorRef: none"),
    "indicator without objective": ("indicatorRef: orders-list-latency", "indicatorRef: order-detail-latency"),
    "unknown placeholder": ("cursor={order_cursor}", "cursor={cursor}"),
    "unknown placeholder of a variant": ("phase={phase_id}", "phase={phase}"),
    "meaningless bound of a variant": ("1.5 * order_phases", "1.5 * phases"),
    "no bound of rows": ('rows-examined-per-row-returned: "350"', 'rows-examined: "350"'),
    "meaningless bound of rows": ('returned: "350"', 'returned: "350 per row"'),
    "the same name twice": ("name: order-detail\n", "name: orders-list\n"),
    "no YAML": ("kind: Service", "kind: [Service"),
}


@pytest.mark.parametrize(("correct", "wrong"), NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_is_refused(tmp_path: Path, correct: str, wrong: str) -> None:
    text = SLO_FILE.read_text(encoding="utf-8")
    assert correct in text
    file = tmp_path / "slo.yaml"
    file.write_text(text.replace(correct, wrong), encoding="utf-8")
    with pytest.raises(DeclarationError):
        load_slos(file)


@pytest.mark.parametrize("text", ["", "[]", "just text", "apiVersion: openslo/v1"])
def test_a_file_without_an_slo_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "slo.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError):
        load_slos(file)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"none\.yaml"):
        load_slos(tmp_path / "none.yaml")


def test_a_refusal_names_document_and_member(tmp_path: Path) -> None:
    documents = list(yaml.safe_load_all(SLO_FILE.read_text(encoding="utf-8")))
    documents[2]["spec"]["objectives"][0]["value"] = -1
    file = tmp_path / "slo.yaml"
    file.write_text(yaml.safe_dump_all(documents), encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"document 3: objectives\.0\.value"):
        load_slos(file)
