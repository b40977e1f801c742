"""Reports that a killed run had staged are removed by the next run, and no others."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from app.ingestion.reports.report_folder import ReportFolder


def test_reports_of_killed_runs_are_removed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    left = [tmp_path / f".{name}.{gone.pid}.tmp" for name in ("load_report.json", "rejected_rows.xlsx")]
    others = [tmp_path / name for name in (f".load_report.json.{os.getpid()}.tmp", ".mine.tmp", "load_report.json")]
    for path in (*left, *others):
        path.write_text("", encoding="utf-8")
    with ReportFolder(tmp_path):
        assert set(tmp_path.iterdir()) == set(others)
