"""Figures of a profile equal those of a second computation, which shares no code with the first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.workbook.profile.profile_document import document_of
from app.workbook.profile.profiling import profile_workbook
from app.workbook.sample import write_sample
from tests.oracle.sheets import SHEETS
from tests.unit.workbook.profile.witness import Witness

Case = tuple[dict[str, Any], Witness]


@pytest.fixture(scope="module", params=[7, 8, 9])
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    """The profile of a sample workbook as its document, and the witness of the same file."""
    path = tmp_path_factory.mktemp("sample") / f"{request.param}.xlsx"
    write_sample(path, 0.01, request.param)
    witness = Witness(path)
    yield document_of(profile_workbook(path)), witness
    witness.oracle.close()


def test_sheets_have_the_rows_and_refusals_of_the_witness(case: Case) -> None:
    document, witness = case
    assert [sheet["sheet"] for sheet in document["sheets"]] == list(SHEETS)
    for sheet in document["sheets"]:
        assert sheet["rows"] == witness.rows(sheet["sheet"])
        assert {code: rows for code, rows in sheet["rows_refused"].items() if rows} == witness.refused(sheet["sheet"])
    assert document["rows"] == sum(witness.rows(sheet) for sheet in SHEETS)
    assert document["as_of"] == witness.oracle.as_of.isoformat()


def test_columns_have_the_figures_of_the_witness(case: Case) -> None:
    document, witness = case
    for sheet in document["sheets"]:
        assert [column["header"] for column in sheet["columns"]] == list(SHEETS[sheet["sheet"]][1])
        for column in sheet["columns"]:
            expected = witness.column(sheet["sheet"], column["header"])
            assert {name: column[name] for name in expected} == expected, column["header"]
            assert column["null_rate"] == column["nulls"] / sheet["rows"]
            assert (column["faulty_cells"], column["notes"]) == (0, {})


def test_key_candidates_are_those_of_the_witness(case: Case) -> None:
    document, witness = case
    for sheet in document["sheets"]:
        expected = witness.key_candidates(sheet["sheet"])
        assert sheet["key_candidates"] == expected, sheet["sheet"]
        key = SHEETS[sheet["sheet"]][0].split()
        unique = any(set(candidate) <= set(key) for candidate in expected) if key else None
        assert sheet["key"] == {"columns": key, "is_unique": unique}


def test_relationships_have_the_integers_of_the_witness(case: Case) -> None:
    document, witness = case
    expected = witness.relationships()
    assert {entry["relationship"] for entry in document["relationships"]} == set(expected)
    for entry in document["relationships"]:
        for over in ("rows", "distinct"):
            referencing, matched = (
                expected[entry["relationship"]][f"{over}_{what}"] for what in ("referencing", "matched")
            )
            assert entry[over] == {
                "referencing": referencing,
                "matched": matched,
                "orphans": referencing - matched,
                "match_rate": matched / referencing,
            }


def test_faults_have_the_counts_and_rows_of_the_witness(case: Case) -> None:
    document, witness = case
    for fault in document["faults"]:
        expected = witness.fault(fault["code"], fault["sheet"])
        assert {name: fault[name] for name in expected} == expected, fault["code"]
        assert fault["missing"] is None
