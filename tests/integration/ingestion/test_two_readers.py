"""Rows of the largest sheet that are copied before their turn: the same snapshot, and the same refusals."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.ingestion.reading import readers
from app.ingestion.reading.preparing import Prepared
from app.ingestion.tables.order import INGESTION_ORDER
from app.workbook.errors import WorkbookRefused
from app.workbook.opc.package import require_package
from tests.corpus.reading import FEW_ROWS_BYTES, in_pieces
from tests.integration.ingestion.conftest import Plant
from tests.integration.ingestion.factory import factory

pytestmark = pytest.mark.usefixtures("read_here")
LARGEST = INGESTION_ORDER[-1].name


@pytest.fixture
def early(monkeypatch: pytest.MonkeyPatch) -> list[Prepared]:
    """Two readers take any workbook; the list has the rows that were taken before their sheet's turn."""
    found: list[Prepared] = []
    arrived = readers.Readers.arrived

    def noted(reading: readers.Readers) -> Iterator[Prepared]:
        while reading._ahead and reading._ahead._end is None:
            for prepared in arrived(reading):
                found.append(prepared)
                yield prepared

    monkeypatch.setattr(readers, "LARGE_BYTES", 0)
    monkeypatch.setattr(readers.Readers, "arrived", noted)
    return found


def test_the_snapshot_is_that_of_one_reader(
    plant: Plant, early: list[Prepared], monkeypatch: pytest.MonkeyPatch
) -> None:
    workbook = plant.workbook(factory())
    with monkeypatch.context() as patched:
        patched.setattr(readers, "LARGE_BYTES", 1 << 40)
        plant.ingest_file(workbook)
    with in_pieces(FEW_ROWS_BYTES):
        again = plant.ingest_file(workbook, force=True)
    (largest,) = [sheet for sheet in again.sheets if sheet.sheet == LARGEST]
    assert sum(prepared.rows for prepared in early) == largest.rows_extracted
    assert len(early) > 1
    assert [(sheet.inserted, sheet.updated, sheet.deleted) for sheet in again.sheets] == [(0, 0, 0)] * len(again.sheets)


@pytest.mark.parametrize("damaged", [[LARGEST], [LARGEST, "Fases"]])
def test_the_first_damaged_sheet_in_their_order_is_named(
    plant: Plant, early: list[Prepared], damaged: list[str]
) -> None:
    workbook, broken = plant.workbook(factory()), plant.folder / "broken.xlsx"
    parts = [require_package(workbook, 100).sheets[name] for name in damaged]
    _without_end(workbook, broken, parts)
    with in_pieces(FEW_ROWS_BYTES), pytest.raises(WorkbookRefused, match=rf"sheet {damaged[-1]}\b") as refused:
        plant.ingest_file(broken)
    assert refused.value.code == "DAMAGED"
    assert early
    assert plant.live() is None


def _without_end(workbook: Path, broken: Path, parts: list[str]) -> None:
    with zipfile.ZipFile(workbook) as archive, zipfile.ZipFile(broken, "w") as target:
        for name in archive.namelist():
            content = archive.read(name)
            target.writestr(name, content.replace(b"</sheetData>", b"") if name in parts else content)
