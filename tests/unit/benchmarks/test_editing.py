"""A workbook with a thousandth of its rows changed: those, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract import SHEETS
from app.workbook.sample import write_sample
from app.workbook.writing import write_workbook
from benchmarks.ingestion_speed.editing import CHANGES, EVERY, edit, write_changed, written
from benchmarks.ingestion_speed.figures import NotMeasured

HEAD, TAIL = b'<worksheet><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row>', b"</sheetData></worksheet>"


def row(number: int, value: str = "5", kind: str = "") -> bytes:
    cells = f'<c r="A{number}"><v>7</v></c><c r="B{number}" s="1"{kind}><v>{value}</v></c>'
    return f'<row r="{number}" spans="1:2">{cells}</row>'.encode()


def edited(pieces: list[bytes], every: int) -> tuple[bytes, int]:
    found = list(edit(iter(pieces), "B", lambda value: value + 1, every))
    return b"".join(piece for piece, _ in found), sum(cells for _, cells in found)


@given(st.integers(2, 9), st.integers(0, 60), st.lists(st.integers(0, 4000), max_size=8))
def test_every_nth_row_changes_wherever_the_stream_is_cut(every: int, rows: int, cuts: list[int]) -> None:
    numbers = range(2, rows + 2)
    sheet = HEAD + b"".join(row(number) for number in numbers) + TAIL
    expected = HEAD + b"".join(row(number, "5" if number % every else "6") for number in numbers) + TAIL
    ends = [0, *sorted(min(cut, len(sheet)) for cut in cuts), len(sheet)]
    pieces = [sheet[begin:end] for begin, end in pairwise(ends)]
    assert edited(pieces, every) == (expected, sum(number % every == 0 for number in numbers))


@pytest.mark.parametrize("kind", [' t="s"', ' t="e"', ' t="str"'])
def test_what_is_no_number_stays(kind: str) -> None:
    sheet = HEAD + row(2, kind=kind) + TAIL
    assert edited([sheet], 2) == (sheet, 0)


def test_an_empty_row_does_not_lend_its_number_to_the_next() -> None:
    sheet = HEAD + b'<row r="2"/>' + row(3) + TAIL
    assert edited([sheet], 2) == (sheet, 0)


@pytest.mark.parametrize(("value", "text"), [(3.0, b"3"), (-0.5, b"-0.5"), (45000.25, b"45000.25")])
def test_a_number_is_written_as_excel_does(value: float, text: bytes) -> None:
    assert written(value) == text


def cells(workbook: Path, sheet: str) -> Iterator[tuple[object, ...]]:
    book = openpyxl.load_workbook(workbook, read_only=True)
    yield from book[sheet].iter_rows(values_only=True)
    book.close()


def test_a_changed_copy_differs_in_those_cells_alone(tmp_path: Path) -> None:
    source, target = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    write_sample(source, scale=0.01)
    expected = 0
    count = write_changed(source, target)
    for sheet in SHEETS:
        headers, *before = cells(source, sheet.name)
        _, *after = cells(target, sheet.name)
        place = headers.index(CHANGES[sheet.name][0]) if sheet.name in CHANGES else -1
        for number, (old, new) in enumerate(zip(before, after, strict=True), start=2):
            is_changed = number % EVERY == 0 and sheet.name in CHANGES
            differing = [at for at, pair in enumerate(zip(old, new, strict=True)) if pair[0] != pair[1]]
            assert differing == ([place] if is_changed else [])
            expected += is_changed
    assert count == expected > 0


def test_a_workbook_in_which_nothing_can_change_is_not_measured(tmp_path: Path) -> None:
    write_workbook(tmp_path / "a.xlsx", {})
    with pytest.raises(NotMeasured):
        write_changed(tmp_path / "a.xlsx", tmp_path / "b.xlsx")
