"""Product, oracle and the content witness read the same texts from the same small workbook."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.contract import SHEET_BY_NAME
from app.workbook.typing import typed_chunks
from app.workbook.workbook_reading import open_workbook
from tests.acceptance.support.content import checksum, workbook_rows
from tests.integration.ingestion.factory import CATALOGUE
from tests.integration.ingestion.odd_texts import WAYS, save_odd_texts
from tests.oracle import Oracle
from tests.oracle.reading import workbook as oracle

HEADERS = ("Fase_Id", "Fase_Nome")


@pytest.mark.parametrize("way", WAYS)
def test_a_text_means_the_same_to_all_readers(tmp_path: Path, way: str) -> None:
    path = tmp_path / "odd.xlsx"
    expected = save_odd_texts(path, way)
    with open_workbook(path) as workbook:
        chunks = list(typed_chunks(workbook, SHEET_BY_NAME[CATALOGUE]))
    product = {key: name for chunk in chunks for key, name in zip(*chunk.columns[:2], strict=True)}
    assert product == expected
    assert {values[0]: values[1] for _, _, values in oracle.rows(path, CATALOGUE)} == expected
    witness = Oracle(path)
    try:
        assert dict(workbook_rows(witness, CATALOGUE, HEADERS)) == expected
        assert checksum(workbook_rows(witness, CATALOGUE, HEADERS)) == checksum(product.items())
    finally:
        witness.close()
