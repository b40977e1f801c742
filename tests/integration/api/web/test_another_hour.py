"""Another hour of the data owner: nine faults of other kinds are found, mended and gone, by the page alone."""

from __future__ import annotations

import copy
import datetime as dt
import re
from pathlib import Path

from tests.integration.api.conftest import Factory
from tests.integration.api.web.browser import BOTH, KEYS, browser
from tests.integration.api.web.test_data_owners_hour import ADD, Office, corrections, mended, place_of
from tests.integration.ingestion.factory import (
    ASSIGNMENTS,
    CATALOGUE,
    EMPLOYEES,
    ERRORS,
    ORDERS,
    PHASES,
    PRODUCTS,
    ROUTES,
    Rows,
    excel_row,
    factory,
    save,
)

PLACES = {
    (ORDERS, excel_row(4)),
    (ORDERS, excel_row(6)),
    (PHASES, excel_row(8)),
    (PHASES, excel_row(12)),
    (ERRORS, excel_row(5)),
    (EMPLOYEES, excel_row(2)),
    (ASSIGNMENTS, excel_row(3)),
    (CATALOGUE, excel_row(1)),
    (PRODUCTS, excel_row(1)),
    (ROUTES, excel_row(2)),
}
"""The nine faults, and the first phase of the order whose number is one of them."""


def with_other_faults(clean: Rows) -> Rows:
    """A word for a date, a broken number of an order, an error as text, a severity of 4, a word for a flag, an empty
    employee, a phase of the catalogue twice, a decimal comma, and a date for a number."""
    rows = copy.deepcopy(clean)
    rows[ORDERS][4][place_of(ORDERS, "Of_DataCriacao")] = "ontem"
    rows[ORDERS][6][place_of(ORDERS, "Of_Id")] = 106.5
    rows[PHASES][8][place_of(PHASES, "FaseOf_Coeficiente")] = "#DIV/0!"
    rows[ERRORS][5][place_of(ERRORS, "OFCH_GRAVIDADE")] = 4
    rows[EMPLOYEES][2][place_of(EMPLOYEES, "Funcionario_Activo")] = "sim"
    rows[ASSIGNMENTS][3][1] = None
    rows[CATALOGUE].append([2, "Laminação outra", 9, 1, 0])
    rows[PRODUCTS][1][2] = "12,5"
    rows[ROUTES][2][1] = dt.datetime(2024, 1, 1)
    return rows


def test_nine_other_faults_are_found_mended_and_gone(fresh: Factory, tmp_path: Path) -> None:
    erp, path = factory(), tmp_path / "export.xlsx"
    rows = with_other_faults(erp)
    with browser(fresh, BOTH, upload_dir=tmp_path / "uploads", **KEYS) as client:
        client.headers["Accept-Language"] = "pt"
        office = Office(fresh, tmp_path / "uploads", client)
        address, words = office.follow(office.send(save(path, rows).read_bytes()))
        assert "recusada: nada mudou" in words
        assert "a escolha «muitas linhas sejam recusadas»" in words
        listed = corrections(office.refused_rows(address))
        told = {(line["Folha"], line["Linha do Excel"]): line["Motivo"] for line in listed}
        assert told.keys() == PLACES, words
        assert told[ERRORS, excel_row(5)] == "OFCH_GRAVIDADE: 4 está fora do intervalo da coluna (de 1 a 3)"
        assert told[PHASES, excel_row(8)] == "FaseOf_Coeficiente: tem um texto de 7 caracteres; devia ser um número"
        roots = [line for line in listed if not line["Como corrigir"].startswith(ADD)]
        address, words = office.follow(office.send(save(path, mended(rows, roots, erp)).read_bytes()))
        assert "Nenhuma linha foi recusada" in words, words
        assert "export.xlsx: ✓ publicada – em vigor" in words
        assert corrections(office.refused_rows(address)) == []
        for sheet, own in erp.items():
            assert re.search(rf"{sheet} {len(own)} {len(own)} 0", words), (sheet, words)
