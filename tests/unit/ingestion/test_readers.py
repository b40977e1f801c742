"""The bounded process prepares the same rows as this one would, in the same order, and ends with its caller."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from app.checkout import ROOT
from app.ingestion.reading import readers
from app.ingestion.reading.preparing import Prepared
from app.ingestion.reading.readers import Readers, SheetEnd, prepared_sheets
from app.ingestion.tables.order import INGESTION_ORDER
from app.workbook.bounds.bounded import SheetStarted
from app.workbook.errors import WorkbookRefused
from app.workbook.sample import write_sample
from tests.corpus.base import STRINGS
from tests.corpus.case import Case
from tests.unit.workbook.raw_package import HEADER, write_package

NAMES = [sheet.name for sheet in INGESTION_ORDER]


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("readers") / "sample.xlsx"
    write_sample(path, scale=0.005, seed=3)
    return path


def joined(chunks: Iterable[Prepared]) -> tuple[Any, ...]:
    """Rows, both texts, faults and notes."""
    held = list(chunks)
    return (
        sum(chunk.rows for chunk in held),
        b"".join(chunk.plain for chunk in held),
        b"".join(chunk.refused for chunk in held),
        sum((chunk.cell_faults for chunk in held), Counter()),
        sum((chunk.notes for chunk in held), Counter()),
    )


@pytest.fixture(params=["one process", "two processes"])
def processes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small workbooks are read by one process, large ones by two; here either reads any."""
    monkeypatch.setattr(readers, "LARGE_BYTES", 0 if request.param == "two processes" else 1 << 40)


@pytest.mark.usefixtures("processes")
def test_the_processes_prepare_what_this_one_would(workbook: Path) -> None:
    here: dict[str, Any] = {}
    chunks: list[Prepared] = []
    name = ""
    for told in prepared_sheets(workbook, NAMES, 4096):
        if isinstance(told, SheetStarted):
            name = told.sheet
        elif isinstance(told, SheetEnd):
            here[name] = (*joined(chunks), told.extra_columns, told.sheet_sha256)
            chunks = []
        else:
            chunks.append(told)
    with Readers(workbook, INGESTION_ORDER, 4096) as reading:
        for sheet in INGESTION_ORDER:
            read = reading.sheet()
            found = joined(read.chunks)
            assert (*found, read.extra_columns, read.sheet_sha256) == here[sheet.name]
            assert found[0]


def test_rows_of_the_last_sheet_that_have_arrived_are_not_given_again(
    workbook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "LARGE_BYTES", 0)
    early: list[Prepared] = []
    with Readers(workbook, INGESTION_ORDER, 4096) as reading:
        for _ in INGESTION_ORDER[:-1]:
            list(reading.sheet().chunks)
        while not reading._ends:
            early += reading.arrived()
        read = reading.sheet()
        found = joined([*early, *read.chunks])
    here = [told for told in prepared_sheets(workbook, NAMES[-1:], 4096) if isinstance(told, Prepared)]
    assert early
    assert found == joined(here)
    assert read.sheet_sha256


def test_one_process_reads_nothing_ahead(workbook: Path) -> None:
    with Readers(workbook, INGESTION_ORDER, 4096) as reading:
        assert not list(reading.arrived())


def test_reading_processes_start_without_the_settings() -> None:
    loaded = (
        "import sys, app.ingestion.reading.readers; print(*{'app.config', 'sqlalchemy', 'pydantic'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.usefixtures("processes")
def test_leaving_early_and_a_refusal(workbook: Path, tmp_path: Path) -> None:
    with Readers(workbook, INGESTION_ORDER, 4096) as reading:
        next(reading.sheet().chunks)
    with (
        Readers(write_package(tmp_path / "book.xlsx", HEADER), INGESTION_ORDER, 4096) as reading,
        pytest.raises(WorkbookRefused, match="lacks the sheets"),
    ):
        list(reading.sheet().chunks)


def test_texts_that_are_repeated_beyond_bounds_are_refused(tmp_path: Path) -> None:
    cells = {("OrdemFabricoErros", row, "Erro_Descricao"): '<c r="{at}" t="s"><v>0</v></c>' for row in range(2, 14)}
    edit = (STRINGS, "<t>x</t>", f"<t>{'x' * 90_000}</t>")
    path = Case("Texts", "repeated", cells=cells, edits=(edit,)).write(tmp_path)
    assert path.stat().st_size < 200_000
    assert list(prepared_sheets(path, ["OrdemFabricoErros"], 2))
    with pytest.raises(
        WorkbookRefused, match="sheet OrdemFabricoErros: its cells repeat texts of more than 1 MB"
    ) as refused:
        list(prepared_sheets(path, ["OrdemFabricoErros"], 1))
    assert refused.value.code == "TOO_LARGE"
