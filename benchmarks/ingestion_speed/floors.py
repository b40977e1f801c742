"""Measures merely reading the workbook, by reader, in a process of its own: `python -m … JOB`.

JOB: JSON of {"reader": one of READERS, "workbook": file}. The clock runs from before the file is opened; importing
the reader is not in it.
"""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import openpyxl
import python_calamine

from benchmarks.ingestion_speed.children import answer, awaited, end_with_the_benchmark, job

CHUNK = 1 << 20


def read_by_openpyxl(workbook: Path) -> int:
    """Read the value of each cell in openpyxl's read-only mode; returns the number of cells."""
    book = openpyxl.load_workbook(workbook, read_only=True)
    cells = 0
    for sheet in book.worksheets:
        for row in sheet.iter_rows(values_only=True):
            cells += len(row)
    book.close()
    return cells


def read_by_calamine(workbook: Path) -> int:
    """Read the value of each cell as the ingestion's reader delivers it; returns the number of cells."""
    with python_calamine.CalamineWorkbook.from_path(str(workbook)) as book:
        return sum(len(row) for name in book.sheet_names for row in book.get_sheet_by_name(name).iter_rows())


def inflate(workbook: Path) -> int:
    """The zip's parts decompressed and thrown away; how many bytes."""
    expanded = 0
    with zipfile.ZipFile(workbook) as archive:
        for entry in archive.infolist():
            with archive.open(entry) as part:
                while chunk := part.read(CHUNK):
                    expanded += len(chunk)
    return expanded


READERS: Mapping[str, Callable[[Path], int]] = {
    "openpyxl": read_by_openpyxl,
    "calamine": read_by_calamine,
    "inflate": inflate,
}


def main() -> None:
    task = job()
    read = READERS[task["reader"]]
    answer(ready=True)
    awaited()
    end_with_the_benchmark()
    spent, began = time.process_time(), time.perf_counter()
    size = read(Path(task["workbook"]))
    answer(seconds=time.perf_counter() - began, cpu_s=time.process_time() - spent, size=size)


if __name__ == "__main__":
    main()
