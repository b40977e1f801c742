"""A copy of a workbook with about 0.1 % of its rows changed, by editing cells of the sheets' XML as it streams by.

In each large sheet, one number of every thousandth row changes; keys stay, so the difference is an update of that row
(of a sheet without key: one row gone, one new). The rest of the file is copied byte for byte.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import openpyxl
from openpyxl.utils import get_column_letter

from app.workbook.opc.package import require_package
from benchmarks.ingestion_speed.figures import NotMeasured

EVERY = 1000
CHUNK = 1 << 20
MAX_EXPANDED_MB = 8192
ROW = re.compile(rb'<row [^>]*?\br="(\d+)"[^>]*(?<!/)>.*?</row>', re.DOTALL)
ROW_END = b"</row>"

Change = Callable[[float], float]
CHANGES: Mapping[str, tuple[str, Change]] = {
    "OrdensFabrico": ("Of_DataCriacao", lambda days: days + 1),
    "FasesOrdemFabrico": ("FaseOf_Peso", lambda kilograms: kilograms + 1),
    "FuncionariosFaseOrdemFabrico": ("FuncionarioFaseOf_Chefe", lambda flag: 1 - flag),
    "OrdemFabricoErros": ("OFCH_GRAVIDADE", lambda severity: severity % 3 + 1),
    "FasesStandardModelos": ("ProdutoFase_Coeficiente", lambda coefficient: coefficient + 1),
}
"""Sheet → the column that changes and how: to a value that the contract accepts."""


def write_changed(source: Path, target: Path) -> int:
    """Write the changed copy; how many cells were changed. Raises NotMeasured when it was none."""
    parts = require_package(source, MAX_EXPANDED_MB)
    columns = {parts.sheets[sheet]: (letter, CHANGES[sheet][1]) for sheet, letter in _letters(source).items()}
    edited = 0

    def counted(rows: Iterator[tuple[bytes, int]]) -> Iterator[bytes]:
        nonlocal edited
        for piece, cells in rows:
            edited += cells
            yield piece

    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            with old.open(entry) as part, new.open(entry.filename, "w", force_zip64=True) as copy:
                chunks = iter(partial(part.read, CHUNK), b"")
                if entry.filename in columns:
                    chunks = counted(edit(chunks, *columns[entry.filename]))
                for chunk in chunks:
                    copy.write(chunk)
    if not edited:
        raise NotMeasured(f"{source.name} has no row whose cell could be changed")
    return edited


def edit(chunks: Iterator[bytes], column: str, change: Change, every: int = EVERY) -> Iterator[tuple[bytes, int]]:
    """Pure: a sheet's XML in chunks, out again in chunks of whole rows, each with the number of cells changed in it.

    column: its letter. Only a plain number in a row whose number is a multiple of `every` changes.
    """
    cell = re.compile(rb'(<c r="' + column.encode() + rb'\d+"(?: s="\d+")?(?: t="n")?><v>)([^<]+)(</v>)')
    rest = b""
    for chunk in chunks:
        whole, end, rest = (rest + chunk).rpartition(ROW_END)
        yield _edited(whole + end, cell, change, every)
    yield _edited(rest, cell, change, every)


def _edited(rows: bytes, cell: re.Pattern[bytes], change: Change, every: int) -> tuple[bytes, int]:
    edited = 0

    def row(found: re.Match[bytes]) -> bytes:
        nonlocal edited
        if int(found[1]) % every:
            return found[0]
        text, cells = cell.subn(lambda one: one[1] + written(change(float(one[2]))) + one[3], found[0])
        edited += cells
        return text

    return ROW.sub(row, rows), edited


def written(value: float) -> bytes:
    """A number as a cell holds it: whole ones without a point."""
    return (str(int(value)) if value.is_integer() else repr(value)).encode()


def _letters(source: Path) -> dict[str, str]:
    """The letter of the column in each sheet that is to change, found by its header."""
    book = openpyxl.load_workbook(source, read_only=True)
    found = {}
    for sheet, (header, _) in CHANGES.items():
        if sheet in book.sheetnames:
            headers = next(book[sheet].iter_rows(max_row=1, values_only=True), ())
            if header in headers:
                found[sheet] = get_column_letter(headers.index(header) + 1)
    book.close()
    return found
