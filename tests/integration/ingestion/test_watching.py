"""`watch --once`: the newest export is ingested, and its reports and outcome are laid beside it."""

from __future__ import annotations

import shutil

import pytest
from typer.testing import CliRunner

from app.commands.cli import app
from tests.integration.ingestion.conftest import Plant
from tests.integration.ingestion.factory import factory

pytestmark = pytest.mark.usefixtures("read_here")


def test_export_is_ingested_and_its_outcome_laid_beside_it(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = plant.folder / "exports"
    folder.mkdir()
    shutil.copy(plant.workbook(factory()), folder / "export.xlsx")
    monkeypatch.setenv("DATABASE_URL", plant.url.render_as_string(hide_password=False))
    monkeypatch.setenv("ROLE_PREFIX", plant.roles.prefix)
    done = CliRunner().invoke(app, ["watch", str(folder), "--once", "--every", "0.1"])
    assert done.exit_code == 0, done.output
    results = folder / "results" / "export.xlsx"
    assert (results / "outcome.txt").read_text("utf-8").startswith("PUBLISHED: run ")
    assert (results / "ingestion_report.json").is_file()
    (folder / "later.xlsx").write_text("order;phase\n1;2\n", "utf-8")
    monkeypatch.setattr("app.commands.watched_folder.UNFINISHED_S", 0.0)
    done = CliRunner().invoke(app, ["watch", str(folder), "--once", "--every", "0.1"])
    told = (folder / "results" / "later.xlsx" / "outcome.txt").read_text("utf-8")
    assert (done.exit_code, told.startswith("Not published: "), "CSV" in told) == (3, True, True), told
