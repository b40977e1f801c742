"""Fault by fault, a sample's profile shows what the real workbook's does, in proportion."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from app.workbook.profile.faults import FAULTS
from app.workbook.profile.profile_document import document_of
from app.workbook.sample import write_sample
from tests.unit.workbook.profile.in_process import profile_workbook
from tests.unit.workbook.profile.published import ABSENT, COLUMNS, FIXED, PRESENT, SCALED, Key

SAMPLES = [(0.03, 7), (0.03, 8), (0.1, 9)]


@cache
def document(scale: float, seed: int) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sample.xlsx"
        write_sample(path, scale, seed)
        return document_of(profile_workbook(path))


def counts(profile: dict[str, Any]) -> dict[Key, int]:
    """The counts of a profile that WORKBOOK's measurements may name."""
    found: dict[Key, int] = {}
    for fault in profile["faults"]:
        found[fault["sheet"], fault["code"]] = fault["count"]
        found |= {(fault["sheet"], fault["code"], part["value"]): part["count"] for part in fault["by"]}
    for entry in profile["relationships"]:
        found[entry["from_sheet"], entry["relationship"]] = entry["rows"]["orphans"]
    for sheet in profile["sheets"]:
        found |= {(sheet["sheet"], code): rows for code, rows in sheet["rows_refused"].items()}
        for column in sheet["columns"]:
            parts = column["values"] or []
            found |= {(sheet["sheet"], column["header"], part["value"]): part["count"] for part in parts}
    return found


@pytest.mark.parametrize(("scale", "seed"), SAMPLES)
def test_each_fault_has_its_share(scale: float, seed: int) -> None:
    found = counts(document(scale, seed))
    off = {
        key: (found.get(key), round(count * scale, 1))
        for key, count in SCALED.items()
        if found.get(key, 0) < 1 or abs(found[key] - count * scale) > max(1, 0.05 * count * scale)
    }
    assert off == {}


@pytest.mark.parametrize(("scale", "seed"), SAMPLES)
def test_faults_of_the_catalogues_are_whole_at_any_scale(scale: float, seed: int) -> None:
    found = counts(document(scale, seed))
    assert {key: found.get(key) for key in FIXED} == FIXED
    assert {key for key in PRESENT if not found.get(key)} == set()
    assert {key[2] for key in found if key[1:-1] == ("CHECKLIST_LINE",)} == {8}


@pytest.mark.parametrize(("scale", "seed"), SAMPLES)
def test_columns_have_the_published_figures(scale: float, seed: int) -> None:
    columns = {
        (sheet["sheet"], column["header"]): column
        for sheet in document(scale, seed)["sheets"]
        for column in sheet["columns"]
    }
    for key, figures in COLUMNS.items():
        assert {name: columns[key][name] for name in figures} == figures
    assert columns["FuncionariosFasesAptos", "FuncionarioFase_Inicio"]["min"].startswith("1997-")
    assert columns["OrdemFabricoErros", "Erro_Descricao"]["text"]["accented_cells"] > 0
    assert document(scale, seed)["as_of"] == "2025-12-11T12:50:00"
    for header in ("FaseOf_Turno", "FaseOf_DataPrevista"):
        assert columns["FasesOrdemFabrico", header]["null_rate"] == pytest.approx(0.95, abs=0.005)


def test_every_declared_fault_is_compared() -> None:
    compared = {key[:2] for key in [*SCALED, *FIXED, *PRESENT, *ABSENT]}
    assert {(fault.issue.sheet, fault.issue.code) for fault in FAULTS} <= compared
