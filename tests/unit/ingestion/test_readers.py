"""Reading processes prepare what this one would, in the same order; they end with it, and say so when they die."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.ingestion.errors import IngestionFailed
from app.ingestion.reading import readers
from app.ingestion.reading.readers import Readers
from app.ingestion.tables.order import INGESTION_ORDER
from app.workbook import rowscan
from app.workbook.contract import Sheet
from app.workbook.errors import WorkbookRefused
from app.workbook.reading import open_workbook
from app.workbook.sample import write_sample
from tests.unit.workbook.raw_package import write_package

PATIENCE_S = 30
PARENT = """
import sys
from pathlib import Path
from app.ingestion.tables.order import INGESTION_ORDER
from app.ingestion.reading.readers import Readers
from app.workbook.reading import open_workbook

with open_workbook(Path(sys.argv[1])) as workbook, Readers(workbook, INGESTION_ORDER, 2) as reading:
    next(reading.sheet(INGESTION_ORDER[0]).chunks)
    print(*(process.pid for process in reading.processes), flush=True)
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("readers") / "sample.xlsx"
    write_sample(path, scale=0.02, seed=3)
    return path


def everything(path: Path, processes: int) -> dict[str, Any]:
    """Of each sheet: rows, both texts, faults, notes, unknown columns, digest."""
    found: dict[str, Any] = {}
    with open_workbook(path) as opened, Readers(opened, INGESTION_ORDER, processes) as reading:
        for sheet in INGESTION_ORDER:
            read = reading.sheet(sheet)
            chunks = list(read.chunks)
            found[sheet.name] = (
                sum(chunk.rows for chunk in chunks),
                b"".join(chunk.plain for chunk in chunks),
                b"".join(chunk.refused for chunk in chunks),
                sum((chunk.cell_faults for chunk in chunks), Counter()),
                sum((chunk.notes for chunk in chunks), Counter()),
                read.extra_columns,
                reading.sheet_sha256(sheet),
            )
    return found


@pytest.mark.parametrize("piece_bytes", [1, rowscan.PIECE_BYTES])
def test_processes_prepare_what_one_would(workbook: Path, monkeypatch: pytest.MonkeyPatch, piece_bytes: int) -> None:
    monkeypatch.setattr(rowscan, "PIECE_BYTES", piece_bytes)
    assert everything(workbook, processes=2) == everything(workbook, processes=0)


def test_a_process_that_dies_fails_the_reading(workbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rowscan, "PIECE_BYTES", 1)
    with open_workbook(workbook) as opened, Readers(opened, INGESTION_ORDER, 1) as reading:
        os.kill(reading.processes[0].pid, signal.SIGKILL)
        with pytest.raises(IngestionFailed, match="exit code -9"):
            list(reading.sheet(INGESTION_ORDER[0]).chunks)


def test_leaving_early_ends_the_processes(workbook: Path) -> None:
    with open_workbook(workbook) as opened, Readers(opened, INGESTION_ORDER, 2) as reading:
        next(reading.sheet(INGESTION_ORDER[0]).chunks)
    for process in reading.processes:
        with pytest.raises(ProcessLookupError):
            os.kill(process.pid, 0)


def test_processes_end_with_a_killed_parent(workbook: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, workbook], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        watched = [os.pidfd_open(int(pid)) for pid in parent.stdout.readline().split()]
        parent.kill()
    assert len(watched) == 2
    for descriptor in watched:
        assert select.select([descriptor], [], [], PATIENCE_S)[0], "a reading process outlived its parent"
        os.close(descriptor)


def test_a_missing_column_is_refused_as_ever(tmp_path: Path) -> None:
    path = write_package(tmp_path / "book.xlsx", '<row r="1"><c r="A1"><v>1</v></c></row>')
    sheet = Sheet("S", "s", INGESTION_ORDER[0].columns, INGESTION_ORDER[0].key)
    with (
        open_workbook(path) as opened,
        Readers(opened, [sheet], 1) as reading,
        pytest.raises(WorkbookRefused, match="no column"),
    ):
        reading.sheet(sheet)


def test_a_small_workbook_is_read_here(workbook: Path) -> None:
    with open_workbook(workbook) as opened, Readers(opened, INGESTION_ORDER) as reading:
        assert reading.processes == []


def test_a_large_workbook_is_read_by_processes(workbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "WORTH_BYTES", 1)
    with open_workbook(workbook) as opened, Readers(opened, INGESTION_ORDER) as reading:
        cores = len(os.sched_getaffinity(0))
        assert len(reading.processes) == (min(cores, readers.MOST_PROCESSES) if cores > 1 else 0)
