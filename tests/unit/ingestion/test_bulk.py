"""Rows that are all written alike become the COPY text that looking at each cell gives, or are left to that."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.contract import SHEET_BY_NAME, Kind
from app.ingestion.reading import bulk
from app.ingestion.reading.bulk import MOST_FAILURES, MOST_KNOWN_BYTES, BulkRows
from app.ingestion.reading.preparing import prepare
from app.workbook.cells import EMPTY_CELL, TEXT_NUMBER
from app.workbook.scanning.alike import InBulk, alike
from app.workbook.scanning.decoding import Decoder
from app.workbook.scanning.formats import ELAPSED, PLAIN, STAMP
from app.workbook.scanning.regular import scan
from app.workbook.scanning.scan_typing import ScannedRows
from app.workbook.scanning.sheet_xml import SheetFault
from app.workbook.typing import typed_scan

PHASES = SHEET_BY_NAME["FasesOrdemFabrico"]
CATALOGUE = SHEET_BY_NAME["Fases"]
TEXTS = ("NULL", "one", "1.5", "12", "tab\tand\nline", "", "None", "\\")
FORMATS = (PLAIN, STAMP, ELAPSED)
SOUND = {
    Kind.INT: ["><v>1", "><v>12345", "><v>999999999", ' s="0"><v>3', '><v>7', '><v>1E2'],
    Kind.NUMBER: ["><v>1.5", "><v>0", "><v>-0", "><v>0.1000000000000000055", "><v>1E-3", '><v>7'],
    Kind.FLAG: ["><v>0", "><v>1", ' t="b"><v>1'],
    Kind.TEXT: [' t="s"><v>1', ' t="s"><v>4', ' t="s"><v>6', ' t="s"><v>7', ' t="str"><v>é _x0041_'],
    Kind.DATETIME: [' s="1"><v>45000', ' s="1"><v>45000.25', ' s="1"><v>43839.82013888889', ' s="1"><v>45000.123456'],
    Kind.DATE: [' s="1"><v>45000', ' s="1"><v>45001.0', ' s="1"><v>43839'],
}  # fmt: skip
ODD = (
    ' t="s"><v>0', ' t="s"><v>3', ' t="s"><v>2', ' t="s"><v>99', ' t="s"><v>-1', '><v>x', '><v>1.0', '><v>1e400',
    ' s="9"><v>1', ' s="2"><v>1', ' s="1"><v>59', ' s="1"><v>1e5', ' s="1"><v>45000.5.5', ' s="1"><v>.5',
    ' t="e"><v>#N/A',    ' t="str"><v>01', '><v>12345678901234567', '><v>007', '><v>-5', '><v> 5 ',
    ' t="s" s="1"><v>1', ' t="n"><v>4',
)  # fmt: skip


def piece(sheet: Any, rows: list[list[str]], first: int = 2) -> bytes:
    written = []
    for number, cells in enumerate(rows, first):
        inner = "".join(f'<c r="{chr(65 + place)}{number}"{cell}</v></c>' for place, cell in enumerate(cells))
        written.append(f'<row r="{number}" spans="1:{len(sheet.columns)}">{inner}</row>')
    return "".join(written).encode()


def by_cells(sheet: Any, rows: bytes, decoder: Decoder) -> Any:
    scanned = scan(rows, 1)
    assert scanned is not None
    return typed_scan(sheet, ScannedRows(sheet, list(range(1, len(sheet.columns) + 1)), scanned, decoder))


def in_bulk(sheet: Any, rows: bytes, decoder: Decoder, last_row: int = 1) -> InBulk | None:
    return BulkRows(sheet, range(1, len(sheet.columns) + 1), decoder)(rows, last_row)


@st.composite
def pieces(draw: st.DrawFn) -> tuple[Any, list[list[str]], list[list[str]]]:
    sheet = draw(st.sampled_from([PHASES, CATALOGUE, SHEET_BY_NAME["OrdensFabrico"]]))
    null = ' t="s"><v>0'
    columns = [[*SOUND[column.kind], *([null, null] if column.nullable else [])] for column in sheet.columns]
    rows = draw(st.lists(st.tuples(*map(st.sampled_from, columns)).map(list), min_size=1, max_size=12))
    spoilt = [list(row) for row in rows]
    place = draw(st.integers(0, len(columns) - 1))
    spoilt[draw(st.integers(0, len(rows) - 1))][place] = draw(st.sampled_from(ODD))
    return sheet, rows, spoilt


@settings(max_examples=80, deadline=None)
@given(pieces(), st.booleans())
def test_text_is_what_each_cell_by_itself_gives(drawn: Any, is_1904: bool) -> None:
    sheet, sound, spoilt = drawn
    decoder = Decoder(TEXTS, FORMATS, is_1904)
    for rows in (sound, spoilt):
        made = in_bulk(sheet, piece(sheet, rows), decoder)
        if made is None:
            assert rows is spoilt, "a sound piece was left"
            continue
        chunk = by_cells(sheet, piece(sheet, rows), decoder)
        prepared = prepare(sheet, chunk)
        assert (made.made, made.checksums) == (prepared.plain, prepared.checksums)
        assert (made.rows, made.last_row, made.notes) == (len(rows), len(rows) + 1, chunk.notes)
        assert chunk.faults == {}
        texts = [values for values, one in zip(chunk.columns, sheet.columns, strict=True) if one.kind is Kind.TEXT]
        assert made.characters == sum(len(value or "") for values in texts for value in values)


ROW = [SOUND[column.kind][0] for column in CATALOGUE.columns]
TWO = piece(CATALOGUE, [ROW, ROW])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"C3"', b'"C2"'),
        (b'"C3"', b'"D3"'),
        (b'<row r="3"', b'<row r="2"'),
        (b'<row r="2"', b'<row r="1048577"'),
        (b'<row r="3" spans="1:5"', b'<row r="3" spans="1:5" r="9"'),
        (b'<row r="3" spans="1:5"', b'<row r="3" spans="1:5"/'),
        (b"</row><row", b"</row> <row"),
        (b"</row><row", b"</row><!-- --><row"),
        (b"<v>1</v>", b"<v>1</v><v>1</v>"),
        (b"<v>1</v>", b"<v></v>"),
        (b"<v>1</v>", b"<f>1</f><v>1</v>"),
        (b"<v>1</v>", b"<v>&#49;</v>"),
        (b"<v>1</v>", b"<v>1>2</v>"),
        (b"<v>1</v>", b"<v>1\x012</v>"),
        (b"<v>1</v>", b"<v>1\n</v>"),
        (b"<v>1</v>", b"<v>\xff</v>"),
        (b"<v>1</v>", b"<v>" + "￿".encode() + b"</v>"),
        (b't="s"', b't="inlineStr"'),
        (b't="s"', b't="s" t="s"'),
        (b't="s"', b'o:t="s"'),
        (b"<v>1</v>", b"<v>" + b"x" * 100_001 + b"</v>"),
        (b"</row>", b""),
        (b"</row>", b'<c r="Z2"/></row>'),
    ],
)
def test_whatever_is_not_alike_is_left(old: bytes, new: bytes) -> None:
    assert in_bulk(CATALOGUE, TWO, Decoder(TEXTS, FORMATS)) is not None
    assert old in TWO
    assert in_bulk(CATALOGUE, TWO.replace(old, new, 1), Decoder(TEXTS, FORMATS)) is None


def test_rows_come_after_those_before_and_within_the_sheet() -> None:
    decoder = Decoder(TEXTS, FORMATS)
    assert in_bulk(CATALOGUE, TWO, decoder, last_row=2) is None
    assert in_bulk(CATALOGUE, piece(CATALOGUE, [ROW], 1_048_577), decoder) is None
    gap = piece(CATALOGUE, [ROW], 2) + piece(CATALOGUE, [ROW], 1_048_576)
    made = in_bulk(CATALOGUE, gap, decoder)
    assert made is not None
    assert made.last_row == 1_048_576


def test_columns_beside_the_contract_are_checked_and_not_kept() -> None:
    more = piece(CATALOGUE, [[*ROW, ' s="3"><v>9'], [*ROW, ' t="s"><v>77']])
    found = alike(more, 1, {1}, {1})
    assert found is not None
    assert list(found.columns) == [1]
    assert alike(more.replace(b't="s"><v>77', b't="z"><v>77'), 1, {1}, {1}) is None


def test_notes_are_counted_by_cell() -> None:
    rows = [[' t="str"><v>5' if place == 0 else cell for place, cell in enumerate(ROW)]] * 3
    made = in_bulk(CATALOGUE, piece(CATALOGUE, rows), Decoder(TEXTS, FORMATS))
    assert made is not None
    assert made.notes == {("Fase_Id", TEXT_NUMBER): 3}
    assert EMPTY_CELL not in {note for _, note in made.notes}


def test_a_sheet_that_is_never_alike_is_not_tried_for_ever() -> None:
    taking = BulkRows(CATALOGUE, range(1, 6), Decoder(TEXTS, FORMATS))
    bad = TWO.replace(b"</row>", b'<c r="Z2"/></row>', 1)
    assert [taking(bad, 1) for _ in range(MOST_FAILURES)] == [None] * MOST_FAILURES
    assert taking(TWO, 1) is None


@pytest.mark.parametrize(
    ("cells", "place"),
    [
        (lambda found: found[::-1], "row 2"),
        (lambda found: [*found[1:], found[0]], "row 2"),
        (lambda found: [found[1], *found[1:]], "row 2"),
        (lambda found: [*found[:-1], found[0]], "row 6"),
        (lambda found: [*found[:1], *[found[0]] * 3, *found[4:]], "row [345]"),
    ],
)
def test_cells_that_are_found_in_other_columns_or_rows_are_noticed(
    monkeypatch: pytest.MonkeyPatch, cells: Callable[[list[bytes]], list[bytes]], place: str
) -> None:
    rows = piece(CATALOGUE, [["><v>" + str(number), *ROW[1:]] for number in range(1, 6)])
    decoder = Decoder(TEXTS, FORMATS)
    assert in_bulk(CATALOGUE, rows, decoder) is not None

    def wrongly(*given: Any) -> Any:
        found = alike(*given)
        assert found is not None
        written = found.columns[1]
        return replace(found, columns=found.columns | {1: replace(written, cells=cells(list(written.cells)))})

    monkeypatch.setattr(bulk, "alike", wrongly)
    with pytest.raises(SheetFault, match="two ways of reading it find different values") as fault:
        in_bulk(CATALOGUE, rows, decoder)
    assert re.fullmatch(place, fault.value.place)


def test_long_texts_are_not_kept_for_ever() -> None:
    errors = SHEET_BY_NAME["OrdemFabricoErros"]
    taking = BulkRows(errors, range(1, 7), Decoder(TEXTS, FORMATS))
    texts, cells = 0, ["><v>1"] * 5
    for first in range(2, 400, 10):
        rows = [[f' t="str"><v>{first + place:030000d}', *cells] for place in range(10)]
        assert taking(piece(errors, rows, first), first - 1) is not None
        texts = max(texts, *(len(known.values) for known in taking._known.values()))
    assert MOST_KNOWN_BYTES < texts * 30_000 <= MOST_KNOWN_BYTES + 11 * 30_000
