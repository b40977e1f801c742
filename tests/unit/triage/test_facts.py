"""`doctor`: every fact with its reason, one that cannot be established with why, and what to type next."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.commands.cli import app
from app.triage import facts as known
from app.triage.facts import FACTS, facts


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with nothing in it and nothing configured."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "DATABASE_URL_HOST", "IN_DOCKER", "PRODPLAN_WORKBOOK", "FEATURE_GATES_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path / "local"))
    (tmp_path / "requirements.lock").write_text("", encoding="utf-8")
    return tmp_path


def test_facts_name_what_is_taken_and_why(project: Path) -> None:
    (project / "data").mkdir()
    (project / "data" / "export.xlsx").touch()
    found = facts()
    assert list(found) == [name for name, _ in FACTS]
    assert found["workbook"] == "data/export.xlsx, because it is the only one in data/"
    assert found["PostgreSQL"].endswith("with new data, because no database URL is set")
    assert found["live run"].startswith("plant main has none")


def test_what_cannot_be_established_says_why_and_hides_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql+psycopg2://nobody:geheim@127.0.0.1:1/none")
    found = facts()
    assert found["PostgreSQL"].startswith("unknown: No connection to PostgreSQL at 127.0.0.1:1/none")
    assert "geheim" not in str(found)


def test_doctor_names_the_faults_and_the_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "FACTS", (("Python", known.python),))
    done = CliRunner().invoke(app, ["doctor", "--json"])
    told = json.loads(done.stdout)
    assert done.exit_code == 0
    assert told["next"] == told["findings"][0]["fix_plan"][0]
    assert all(one["category"] != "DOCKER" for one in told["findings"])
