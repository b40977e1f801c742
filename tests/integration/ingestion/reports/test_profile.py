"""An inspection predicts what an ingestion does with the workbook."""

from __future__ import annotations

import datetime as dt

import pytest

from app.ingestion.errors import RejectsRefused
from app.workbook.profile.profile_document import document_of
from app.workbook.profile.profiling import profile_workbook
from tests.integration.ingestion.conftest import Plant
from tests.integration.ingestion.factory import ORDERS, PHASES, factory
from tests.integration.ingestion.reports.test_data_quality import issues, odd_factory
from tests.unit.workbook.profile.test_faulty_cells import faulty_rows

HOURS = dt.timedelta(hours=12)


def test_faults_are_the_issues_of_the_run(plant: Plant) -> None:
    rows = odd_factory()
    rows[ORDERS][7][2] = rows[ORDERS][7][1] + dt.timedelta(days=365) + HOURS
    rows[ORDERS][8][2] = rows[ORDERS][8][1] + dt.timedelta(days=366)
    rows[PHASES][7][3] = rows[PHASES][7][2] + dt.timedelta(days=1_095) + HOURS
    rows[PHASES][8][3] = rows[PHASES][8][2] + dt.timedelta(days=1_096)
    path = plant.workbook(rows)
    document = document_of(profile_workbook(path))
    found = issues(plant.ingest_file(path))
    told = {(fault["sheet"], fault["code"]): fault["count"] for fault in document["faults"]}
    assert (found[ORDERS, "LONG_LEAD_TIME"], found[PHASES, "LONG_PHASE"]) == (2, 2)
    assert {key: told[key] for key in found} == found
    declared = {key for key, count in told.items() if count} - set(found)
    assert declared <= {
        (ORDERS, "COMPLETED_BEFORE_ANY_ORDER"),
        (ORDERS, "ID_OUT_OF_ORDER"),
        (PHASES, "PHASE_WITHOUT_DURATION"),
        ("FuncionariosFaseOrdemFabrico", "SHARED_PHASE"),
        ("Modelos", "FLOAT32_NOISE"),
    }


def test_refusals_are_those_of_the_run(plant: Plant) -> None:
    path = plant.workbook(faulty_rows())
    document = document_of(profile_workbook(path))
    with pytest.raises(RejectsRefused) as refusal:
        plant.ingest_file(path)
    assert all(sentence in str(refusal.value) for sentence in document["limits"]["refused"])
    result = plant.ingest_file(path, allow_rejects=True)
    told = {
        sheet["sheet"]: {code: rows for code, rows in sheet["rows_refused"].items() if rows}
        for sheet in document["sheets"]
    }
    assert told == {sheet.sheet: dict(sheet.rejects_by_reason) for sheet in result.sheets}


def test_references_are_those_of_the_run(plant: Plant) -> None:
    rows = factory()
    rows[ORDERS][0][3] = rows[ORDERS][1][3] = 1_234
    rows[PHASES][0][7] = 99
    path = plant.workbook(rows)
    told = {entry["relationship"]: entry for entry in document_of(profile_workbook(path))["relationships"]}
    plant.ingest_file(path)
    stored = plant.rows(
        "SELECT relationship, rows_referencing, rows_matched, distinct_referencing, distinct_matched, orphan_sample"
        " FROM audit.relationships"
    )
    assert len(stored) == len(told)
    for name, *figures, sample in stored:
        rows_told, distinct = told[name]["rows"], told[name]["distinct"]
        assert [rows_told["referencing"], rows_told["matched"], distinct["referencing"], distinct["matched"]] == figures
        assert told[name]["orphan_sample"] == sample
