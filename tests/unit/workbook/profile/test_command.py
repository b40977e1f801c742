"""`python3 -m app inspect`: what it writes, what it prints, how it exits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from app.contract import SHEETS
from app.workbook.profile.dictionary import dictionary_text
from app.workbook.profile.profile_document import SCHEMA_FILE, document_of
from app.workbook.profile.profiling import profile_workbook
from app.workbook.writing import write_workbook
from tests.integration.ingestion.factory import factory, save

ROOT = Path(__file__).resolve().parents[4]
UNREACHABLE = {"DATABASE_URL": "postgresql://nobody@192.0.2.1:1/none", "PATH": "", "PYTHONPATH": str(ROOT)}
"""A database on which every query would wait, and fail."""


def inspect(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", "inspect", *map(str, arguments)],
        cwd=folder,
        env={key: value for key, value in os.environ.items() if not key.startswith("PRODPLAN")} | UNREACHABLE,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_profile_is_written_in_both_forms_and_printed_as_json_without_a_database(tmp_path: Path) -> None:
    path = save(tmp_path / "w.xlsx", factory())
    done = inspect(tmp_path, path, "--out", "there/profile", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    report = (tmp_path / "there/profile/PROFILE_REPORT.json").read_text(encoding="utf-8")
    document = json.loads(report)
    assert document == json.loads(done.stdout) == document_of(profile_workbook(path))
    Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))).validate(document)
    text = (tmp_path / "there/profile/DATA_DICTIONARY.md").read_text(encoding="utf-8")
    assert text == dictionary_text(document)
    headings = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert headings[: len(SHEETS)] == [sheet.name for sheet in SHEETS]


def test_planner_sees_tables_and_where_the_files_are(tmp_path: Path) -> None:
    done = inspect(tmp_path, save(tmp_path / "w.xlsx", factory()))
    assert done.returncode == 0
    for told in ("Sheets", "Columns", "Relationships", "Faults and oddities", "docs/profile/PROFILE_REPORT.json"):
        assert told in done.stdout
    assert (tmp_path / "docs/profile/DATA_DICTIONARY.md").is_file()


def test_breach_of_the_contract_is_profiled_and_exits_as_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    headers = [column.header for column in SHEETS[0].columns]
    write_workbook(path, factory(), headers={SHEETS[0].name: ["Número", *headers[1:]]})
    done = inspect(tmp_path, path)
    assert done.returncode == 3
    assert f"Sheet {SHEETS[0].name} lacks the column Of_Id" in done.stdout
    assert json.loads((tmp_path / "docs/profile/PROFILE_REPORT.json").read_text(encoding="utf-8"))["breaches"]


@pytest.mark.parametrize("content", [b"not a workbook", b"PK\x03\x04 damaged"])
def test_file_that_cannot_be_read_is_refused_in_one_sentence_and_nothing_is_written(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "w.xlsx").write_bytes(content)
    done = inspect(tmp_path, "w.xlsx")
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (3, "", 1)
    assert not (tmp_path / "docs").exists()


def test_wrong_usage_exits_2(tmp_path: Path) -> None:
    path = save(tmp_path / "w.xlsx", factory())
    (tmp_path / "taken").write_text("", encoding="utf-8")
    for arguments, told in (((), "PRODPLAN_WORKBOOK"), ((path, "--out", "taken/profile"), "--out")):
        done = inspect(tmp_path, *arguments)
        assert done.returncode == 2
        assert told in done.stderr
        assert "Traceback" not in done.stderr
