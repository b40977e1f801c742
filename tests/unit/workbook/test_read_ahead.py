"""Records come in order and with their end, ahead of the consumer; closing does not wait."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.workbook.bounds.bounded import BoundedProcess, Bounds, ReadingBroke
from app.workbook.bounds.read_ahead import MOST_RECORDS, ReadAhead
from app.workbook.errors import WorkbookRefused

HERE = "tests.unit.workbook.test_read_ahead"
PATIENCE_S = 60
COUNT = 3 * MOST_RECORDS


def counting(path: Path) -> Iterator[int]:
    yield from range(COUNT)


def refusing(path: Path) -> Iterator[int]:
    yield 1
    raise WorkbookRefused("DAMAGED", "no workbook")


def wrong(path: Path) -> Iterator[int]:
    yield 1 // 0


def endless(path: Path) -> Iterator[int]:
    yield os.getpid()
    yield from iter(int, 1)


def silent(path: Path) -> Iterator[int]:
    yield os.getpid()
    while True:
        pass


def ahead(function: str) -> closing[ReadAhead]:
    return closing(ReadAhead(BoundedProcess(HERE, function, Path("book.xlsx"), bounds=Bounds(600, 60))))


def test_every_record_in_its_order() -> None:
    with ahead("counting") as records:
        assert list(records) == list(range(COUNT))


@pytest.mark.parametrize(("function", "error"), [("refusing", WorkbookRefused), ("wrong", ReadingBroke)])
def test_what_ends_the_records_is_raised_behind_them(function: str, error: type[Exception]) -> None:
    found: list[object] = []
    with ahead(function) as records, pytest.raises(error):
        found.extend(records)
        pytest.fail("it ended as if nothing were wrong")
    assert found == [1] * (function == "refusing")


def test_records_that_have_arrived_are_taken_without_waiting() -> None:
    with ahead("counting") as records:
        found = [next(iter(records))]
        while len(found) < COUNT // 2:
            found += records.arrived()
        found += records
        assert found == list(range(COUNT))
        assert not list(records.arrived())


def test_taking_what_has_arrived_raises_nothing_and_waits_for_nothing() -> None:
    with ahead("refusing") as records:
        records._thread.join(PATIENCE_S)
        assert list(records.arrived()) == [1]
        with pytest.raises(WorkbookRefused):
            list(records)
    with ahead("silent") as records:
        next(iter(records))
        assert not list(records.arrived())


@pytest.mark.parametrize("function", ["endless", "silent"])
def test_closing_ends_the_process_whether_it_waits_for_room_or_says_nothing(function: str) -> None:
    with ahead(function) as records:
        watched = os.pidfd_open(next(iter(records)))
    assert select.select([watched], [], [], PATIENCE_S)[0]
    os.close(watched)
    assert not records._thread.is_alive()
