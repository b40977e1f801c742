"""The benchmark of growth as a person runs it, at a size at which its figures mean nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.growth.growth_tables import BEGIN
from benchmarks.ingestion_speed.children import ROOT
from tests.integration.benchmarks.test_ingestion_speed import nothing_left_behind

COMMAND = [sys.executable, str(ROOT / "benchmarks" / "scaling.py"), "--quick"]


def test_one_command_measures_snapshots_plants_and_rows_and_writes_them_down(tmp_path: Path) -> None:
    document, record = tmp_path / "scaling.md", tmp_path / "found.json"
    document.write_text("# Mine\n\nProse.\n", encoding="utf-8")
    with nothing_left_behind(tmp_path / "local") as environment:
        done = subprocess.run(
            [*COMMAND, "--write", str(document), "--json", str(record)],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    found = json.loads(record.read_text(encoding="utf-8"))
    assert found["failures"] == {}, done.stdout + done.stderr
    fewer, more = (found["snapshots"][number] for number in ("1", "2"))
    assert more["locks"] == fewer["locks"], "a statement about one run locks that run's tables alone"
    assert more["locks_of_no_run"] > fewer["locks_of_no_run"]
    assert more["catalogue_mb"] > fewer["catalogue_mb"]
    assert [len(one["ingestion_s"]) for one in found["plants"].values()] == [1, 2]
    assert [len(one["latency_ms"]) for one in found["plants"].values()] == [30, 30]
    assert found["rows"]["empty"][0]["rows"] == 0
    assert 0 < found["rows"]["0.001"][0]["rows"] < found["rows"]["0.004"][0]["rows"]
    text = document.read_text(encoding="utf-8")
    assert text.startswith(f"# Mine\n\nProse.\n\n{BEGIN}\n")
    assert "### Snapshots in one database" in text
    assert str(tmp_path) not in text
