"""The benchmark of the API as a person runs it, at a size at which its figures mean nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from app.performance.slo.slo_declaration import load_slos
from benchmarks.api_load.presentation import BEGIN
from benchmarks.ingestion_speed.children import ROOT
from tests.integration.benchmarks.test_ingestion_speed import nothing_left_behind, small

COMMAND = [sys.executable, str(ROOT / "benchmarks" / "api.py"), "--quick"]


def test_one_command_asks_every_endpoint_and_writes_down_what_it_found(tmp_path: Path) -> None:
    workbook = small(tmp_path / "small.xlsx")
    document, record = tmp_path / "api.md", tmp_path / "found.json"
    document.write_text("# Mine\n\nProse.\n", encoding="utf-8")
    with nothing_left_behind(tmp_path / "local") as environment:
        done = subprocess.run(
            [*COMMAND, "--workbook", str(workbook), "--write", str(document), "--json", str(record)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    found = json.loads(record.read_text(encoding="utf-8"))
    assert found["failures"] == {}, done.stdout + done.stderr
    # So few requests prove nothing, and that is what is said.
    assert {one["verdict"] for one in found["targets"]} == {"not measured"}
    assert done.returncode == 1
    slos = {slo.name for slo in load_slos()}
    assert set(found["steady"]) == set(found["mix"]) == set(found["capacity"]) == slos
    assert {one["errors"] for one in [*found["steady"].values(), *found["mix"].values()]} == {0}
    assert sum(one["correct"] for one in found["mix"].values()) == 60
    assert len(found["pages"]["first"]) == len(found["pages"]["deep"]) == 20
    assert found["pages"]["depth"] == 500
    assert [one["connections"] for one in found["overload"]] == [2, 5]
    assert all(one["right"] and not one["wrong"] and not one["health_failures"] for one in found["overload"])
    variants = {variant.request for slo in load_slos() for variant in slo.variants}
    assert {"/api/prodplan/risk_queue", "/api/ingestion/runs", *variants} <= set(found["others"])
    assert not set(found["others"]) & {slo.endpoint for slo in load_slos()}
    text = document.read_text(encoding="utf-8")
    assert text.startswith(f"# Mine\n\nProse.\n\n{BEGIN}\n")
    assert str(tmp_path) not in text
