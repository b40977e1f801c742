"""Rows that an ingestion would refuse, and cells that are odd, are counted as the oracle judges them row by row."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from app.workbook.profile.profile_document import document_of
from tests.integration.ingestion.factory import (
    CATALOGUE,
    EMPLOYEES,
    ERRORS,
    ORDERS,
    PHASES,
    PRODUCTS,
    ROUTES,
    SKILLS,
    Rows,
    excel_row,
    factory,
    save,
)
from tests.oracle.sheets import SHEETS
from tests.unit.workbook.profile.in_process import profile_workbook
from tests.unit.workbook.profile.witness import Witness

ERROR, FORMULA = "#N/A", "=1+1"
HEADERS = {sheet: list(columns) for sheet, (_, columns) in SHEETS.items()}


def faulty_rows() -> Rows:
    """Rows with every reason of refusal, alone and together, and some that only look refused."""
    rows = factory()
    rows[ORDERS][0][0] = None  # its phases become orphans
    rows[ORDERS][1][1] = dt.datetime(1979, 12, 31)
    rows[ORDERS].append([*rows[ORDERS][5][:4], 3, None])  # same key, other content: wins
    rows[ORDERS][5][2] = dt.datetime(2030, 1, 1)  # refused, and so dates nothing
    rows[ORDERS].append(list(rows[ORDERS][6]))
    rows[PHASES][0][9] = rows[PHASES][10][9] = 2  # the first is an orphan as well: its own fault comes first
    rows[PHASES][11][8:10] = ["heavy", 7]  # two faults, the graver one counts
    rows[PHASES][12][1] = 77
    rows[PHASES].append(list(rows[PHASES][12]))  # an orphan never competes for its key
    rows[PHASES][13][10] = 2**40
    rows[PHASES][17][1] = 88
    rows[ERRORS][2][3] = 4
    rows[ERRORS].append(list(rows[ERRORS][0]))  # an event of its own
    rows[EMPLOYEES] += [list(rows[EMPLOYEES][0])] * 2 + [[1, "Ulisses Colhido", 1]]
    rows[SKILLS] += [[1, 1, None], [None, 1, None]]
    rows[PRODUCTS][1][2] = rows[PRODUCTS][2][3] = 0.0  # one weight alone
    rows[ROUTES][1][2] = 2  # begins late, without a gap
    rows[ROUTES][2][0] = 999  # half of a reference
    for text in (
        "Tudo OK",
        "Proa bem lixada",
        "Leme sem folga",
        "Conforme",
        "Linha limpa.",
        "Assembleia",
        "Falta boia",
    ):
        rows[ERRORS].append([text, *rows[ERRORS][4][1:]])
    return rows


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], Witness]]:
    folder = tmp_path_factory.mktemp("faulty")
    book = openpyxl.load_workbook(save(folder / "plain.xlsx", faulty_rows()))
    book[PHASES].cell(excel_row(14), 6, ERROR)
    book[PHASES].cell(excel_row(15), 7, FORMULA)
    book[PHASES].cell(excel_row(16), 4, ERROR)
    book[ORDERS].cell(excel_row(7), 4, "901")
    book[ORDERS].cell(excel_row(8), 6).value = None
    book[CATALOGUE].cell(excel_row(0), 4, True)
    book[ERRORS].cell(1, 7, "Observação")
    book[ERRORS].cell(excel_row(0), 7, ERROR)
    book.create_sheet("Notas")["A1"] = "x"
    path = Path(folder) / "faulty.xlsx"
    book.save(path)
    witness = Witness(path)
    yield document_of(profile_workbook(path)), witness
    witness.oracle.close()


def sheets(document: dict[str, Any]) -> dict[str, Any]:
    return {sheet["sheet"]: sheet for sheet in document["sheets"]}


def test_refused_rows_are_those_of_the_oracle(faulty: tuple[dict[str, Any], Witness]) -> None:
    document, witness = faulty
    judged = witness.oracle.rejects()
    for name, sheet in sheets(document).items():
        expected = sorted(judged[name].items())
        assert {code: n for code, n in sheet["rows_refused"].items() if n} == Counter(code for _, code in expected)
        assert [(row["excel_row"], row["code"]) for row in sheet["refused_examples"]] == expected[:10]
    every = Counter(code for codes in judged.values() for code in codes.values())
    assert set(every) == set(sheets(document)[ORDERS]["rows_refused"])


def test_faulty_cells_are_counted_by_column_and_nulls_apart_from_them(faulty: tuple[dict[str, Any], Witness]) -> None:
    document, _ = faulty
    found = {
        (name, column["header"]): column["faulty_cells"]
        for name, sheet in sheets(document).items()
        for column in sheet["columns"]
        if column["faulty_cells"]
    }
    assert found == {
        (ORDERS, "Of_Id"): 1,
        (ORDERS, "Of_DataCriacao"): 1,
        (PHASES, "FaseOf_Coeficiente"): 1,
        (PHASES, "FaseOf_CoeficienteX"): 1,
        (PHASES, "FaseOf_Fim"): 1,
        (PHASES, "FaseOf_Peso"): 1,
        (PHASES, "FaseOf_Retorno"): 3,
        (PHASES, "FaseOf_Turno"): 1,
        (ERRORS, "OFCH_GRAVIDADE"): 1,
        (SKILLS, "FuncionarioFase_FuncionarioId"): 1,
    }
    columns = {column["header"]: column for column in sheets(document)[PHASES]["columns"]}
    assert (columns["FaseOf_Turno"]["nulls"], columns["FaseOf_Peso"]["nulls"]) == (40, 0)
    assert columns["FaseOf_Fim"]["nulls"] == sum(row[3] is None for row in faulty_rows()[PHASES])
    both = next(row for row in sheets(document)[PHASES]["refused_examples"] if row["excel_row"] == excel_row(11))
    assert both["columns"] == ["FaseOf_Peso", "FaseOf_Retorno"]


def test_odd_cells_columns_and_sheets_are_told(faulty: tuple[dict[str, Any], Witness]) -> None:
    document, _ = faulty
    found = sheets(document)
    assert found[PHASES]["error_cells"] == {ERROR: 2, "FORMULA_WITHOUT_VALUE": 1}
    assert [name for name, sheet in found.items() if sheet["error_cells"]] == [PHASES]
    assert found[ERRORS]["extra_columns"] == {"count": 1, "headers": ["Observação"]}
    assert (document["extra_sheets"], document["breaches"]) == (["Notas"], [])
    notes = {
        (name, column["header"]): column["notes"]
        for name, sheet in found.items()
        for column in sheet["columns"]
        if column["notes"]
    }
    assert notes == {
        (ORDERS, "Of_ProdutoId"): {"TEXT_NUMBER": 1},
        (ORDERS, "Of_DataTransporte"): {"EMPTY_CELL": 1},
        (CATALOGUE, "Fase_DeProducao"): {"BOOLEAN_FLAG": 1},
    }


def test_faults_are_counted_over_the_rows_without_a_faulty_cell(faulty: tuple[dict[str, Any], Witness]) -> None:
    document, witness = faulty
    assert document["as_of"] == witness.oracle.as_of.isoformat()
    for fault in document["faults"]:
        expected = witness.fault(fault["code"], fault["sheet"])
        assert {name: fault[name] for name in expected} == expected, fault["code"]


def test_references_are_counted_over_all_rows(faulty: tuple[dict[str, Any], Witness]) -> None:
    document, witness = faulty
    expected = witness.relationships()
    for entry in document["relationships"]:
        counts = expected[entry["relationship"]]
        assert entry["rows"]["matched"] == counts["rows_matched"]
        assert entry["rows"]["referencing"] == counts["rows_referencing"]
        assert entry["distinct"]["matched"] == counts["distinct_matched"]
    orders = next(entry for entry in document["relationships"] if entry["enforced"])
    assert orders["orphan_sample"] == ["77", "88", "100"]
