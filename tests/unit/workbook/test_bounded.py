"""A reading process keeps its bounds and names the sheet when it cannot; it ends with its parent."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.workbook.bounds.bounded import Bounds, ReadingBroke, SheetStarted, bounded
from app.workbook.errors import WorkbookRefused

PATIENCE_S = 60
HERE = "tests.unit.workbook.test_bounded"
PARENT = f"""
import sys
from pathlib import Path
from app.workbook.bounds.bounded import bounded
told = bounded("{HERE}", "endless", Path("x"))
print(next(told), flush=True)
sys.stdin.read()
"""


def hungry(path: Path) -> Iterator[object]:
    yield SheetStarted("Fases")
    yield len(bytearray(3 << 30))


def busy(path: Path) -> Iterator[object]:
    yield SheetStarted("Fases")
    while True:
        pass


def endless(path: Path) -> Iterator[int]:
    yield os.getpid()
    while True:
        pass


def killed(path: Path) -> Iterator[object]:
    yield SheetStarted("Fases")
    os.kill(os.getpid(), signal.SIGABRT)


def wrong(path: Path) -> Iterator[object]:
    yield 1 // 0


@pytest.mark.parametrize(
    ("function", "bounds", "told"),
    [
        ("hungry", Bounds(600, 60), ", sheet Fases.*more than 600 MB"),
        ("busy", Bounds(600, 1), ".*READING_WITHIN_S"),
        ("killed", Bounds(600, 60), ", sheet Fases.*ended with status -6"),
    ],
)
def test_what_exceeds_its_bounds_is_refused_with_its_sheet(function: str, bounds: Bounds, told: str) -> None:
    with pytest.raises(WorkbookRefused, match=f"book.xlsx{told}") as refused:
        list(bounded(HERE, function, Path("book.xlsx"), bounds=bounds))
    assert refused.value.code == "TOO_DEMANDING"


def test_a_fault_of_ours_is_no_refusal() -> None:
    with pytest.raises(ReadingBroke, match="ZeroDivisionError"):
        list(bounded(HERE, "wrong", Path("book.xlsx"), bounds=Bounds(600, 60)))


def test_the_process_ends_with_a_killed_parent() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        watched = os.pidfd_open(int(parent.stdout.readline()))
        parent.kill()
    assert select.select([watched], [], [], PATIENCE_S)[0], "the reading process outlived its parent"
    os.close(watched)
