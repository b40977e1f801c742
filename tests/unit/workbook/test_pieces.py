"""A sheet read in pieces is the sheet read whole, wherever it is cut; one that cannot be cut says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.workbook import pieces, rowscan
from app.workbook.errors import WorkbookRefused
from app.workbook.oddities import inspect_sheet
from app.workbook.pieces import cut, skeleton
from app.workbook.reading import Row, headers_of, open_workbook, read_piece
from tests.unit.workbook.raw_package import HEADER, SHEET_PART, text, write_package

CELLS = st.sampled_from(
    [
        '<c r="{0}"><v>1.5</v></c>',
        '<c r="{0}"/>',
        '<c r="{0}" t="e"><v>#N/A</v></c>',
        '<c r="{0}" t="e"/>',
        '<c r="{0}"><f>1&gt;2</f><v>0</v></c>',
        '<c r="{0}"><f>1+1</f></c>',
        '<c r="{0}" t="b"><v>1</v></c>',
        '<c r="{0}" t="inlineStr"><is><t>&lt;row r="7"&gt;</t></is></c>',
        "<c><v>3</v></c>",
        "",
    ]
)
ROWS = st.lists(st.tuples(st.integers(1, 3), st.lists(CELLS, max_size=4)), max_size=12)


def xml_of(rows: list[tuple[int, list[str]]]) -> str:
    """Rows behind the header, each so many rows below the one before."""
    written, number = HEADER, 1
    for step, cells in rows:
        number += step
        filled = (cell.format(f"{'ABCD'[place]}{number}") for place, cell in enumerate(cells))
        written += f'<row r="{number}" spans="1:4">{"".join(filled)}</row>'
    return written


def whole(path: Path) -> tuple[list[str], list[Row]]:
    with open_workbook(path) as workbook:
        (name,) = workbook.sheet_names
        sheet = workbook.sheet(name)
        return sheet.headers, list(sheet.rows)


def in_pieces(path: Path, block_bytes: int) -> tuple[list[str], list[Row], int] | None:
    """Headers, rows and the number of pieces; None when the sheet cannot be cut."""
    with open_workbook(path) as workbook:
        (name,) = workbook.sheet_names
    found = inspect_sheet(path, SHEET_PART, 10, block_bytes)
    if found.cuts is None:
        return None
    parts = skeleton(path, {SHEET_PART})
    assert parts is not None
    read = list(cut(path, name, SHEET_PART, found.cuts, found.odd))
    rows = [row for piece in read for row in read_piece(parts, piece).rows if row[0] != 1]
    return headers_of(parts, read[0]), rows, len(read)


def shortened(cells: list[Any]) -> list[Any]:
    """Blank cells at a row's end count for nothing: how many there are depends on the widest row read with it."""
    while cells and cells[-1] == "":
        cells.pop()
    return cells


def shortened_rows(rows: list[Row]) -> list[Row]:
    return [(number, shortened(cells)) for number, cells in rows]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.integers(100, 600))
def test_pieces_equal_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[tuple[int, list[str]]], block_bytes: int
) -> None:
    monkeypatch.setattr(rowscan, "PIECE_BYTES", 1)
    path = write_package(tmp_path / "book.xlsx", xml_of(rows))
    found = in_pieces(path, block_bytes)
    assume(found is not None)  # an odd cell across two tiny blocks has the sheet parsed whole
    assert found is not None
    headers, expected = whole(path)
    assert (shortened(found[0]), shortened_rows(found[1])) == (shortened(headers), shortened_rows(expected))


def test_many_pieces_are_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rowscan, "PIECE_BYTES", 1)
    path = write_package(tmp_path / "book.xlsx", xml_of([(1, ['<c r="{0}"><v>1</v></c>'])] * 100))
    found = in_pieces(path, 200)
    assert found is not None
    assert found[2] > 10


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(f"<row>{text('A2', 'a')}</row>", id="without number"),
        pytest.param(f'<row spans="1:2" r="2">{text("A2", "a")}</row>', id="number elsewhere"),
        pytest.param(f'<row r="3">{text("A3", "a")}</row><row r="2">{text("A2", "b")}</row>', id="falling"),
        pytest.param(f'<row r="2">{text("A2", "a")}</row><row r="2">{text("B2", "b")}</row>', id="twice"),
        pytest.param(f'<!-- <row r="2"> --><row r="2">{text("A2", "a")}</row>', id="comment"),
    ],
)
@pytest.mark.parametrize("block_bytes", [30, 10_000])
def test_a_sheet_of_another_shape_is_read_whole(tmp_path: Path, rows: str, block_bytes: int) -> None:
    assert in_pieces(write_package(tmp_path / "book.xlsx", HEADER + rows), block_bytes) is None


def test_a_sheet_without_rows_is_read_whole(tmp_path: Path) -> None:
    assert in_pieces(write_package(tmp_path / "book.xlsx", ""), 10_000) is None


def test_a_header_below_row_1_is_no_header(tmp_path: Path) -> None:
    found = in_pieces(write_package(tmp_path / "book.xlsx", f'<row r="2">{text("A2", "a")}</row>'), 10_000)
    assert found is not None
    assert found[0] == []


def test_large_shared_texts_are_not_carried_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_package(tmp_path / "book.xlsx", HEADER)
    monkeypatch.setattr(pieces, "LARGEST_SKELETON_BYTES", 10)
    assert skeleton(path, {SHEET_PART}) is None


@given(st.integers(1, 5))
def test_a_file_that_shrinks_meanwhile_is_refused(tmp_path_factory: pytest.TempPathFactory, lost: int) -> None:
    path = write_package(tmp_path_factory.mktemp("shrinking") / "book.xlsx", xml_of([(1, [])] * 20))
    cuts = inspect_sheet(path, SHEET_PART, 10).cuts
    assert cuts is not None
    longer = rowscan.Cuts(cuts.starts, cuts.first_rows, cuts.end + 1000 * lost)
    with pytest.raises(WorkbookRefused, match="damaged"):
        list(cut(path, "Sheet", SHEET_PART, longer, {}))
