"""The oracle reads odd cells as the product does, though it shares no code with it: a value, or the same refusal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.contract import SHEETS
from app.workbook.typing import typed_chunks
from app.workbook.workbook_reading import open_workbook
from tests.acceptance.support.content import canonical_value
from tests.oracle.reading import workbook as oracle
from tests.unit.workbook.raw_package import PARTS, text, write_package

CELLS = {
    "a number": '<c r="{at}"><v>3</v></c>',
    "minus zero": '<c r="{at}"><v>-0</v></c>',
    "minus zero with a point": '<c r="{at}"><v>-0.0</v></c>',
    "a formula with its value": '<c r="{at}"><f>1+2</f><v>3</v></c>',
    "a formula without a value": '<c r="{at}"><f>1+2</f></c>',
    "a formula with an empty value": '<c r="{at}"><f>1+2</f><v></v></c>',
    "a formula with an empty text": '<c r="{at}" t="str"><f>T("")</f><v></v></c>',
    "a shared formula without a value": '<c r="{at}"><f t="shared" si="0"/></c>',
    "an array formula without a value": '<c r="{at}"><f t="array" ref="{at}">1+2</f></c>',
    "a formula with a text": '<c r="{at}" t="str"><f>"x"</f><v>x</v></c>',
    "a formula with an error": '<c r="{at}" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
    "an error": '<c r="{at}" t="e"><v>#N/A</v></c>',
    "a text that reads like an error": text("{at}", "#N/A"),
    "a text that reads like a formula": text("{at}", "=1+2"),
    "true": '<c r="{at}" t="b"><v>1</v></c>',
    "the text NULL": text("{at}", "NULL"),
    "null in small letters": text("{at}", "null"),
    "an empty text": text("{at}", ""),
    "a blank": text("{at}", " "),
    "no cell": "",
    "a number as text": text("{at}", "3"),
    "a number as text with a point": text("{at}", "3.0"),
    "a number as text with blanks": text("{at}", " 3 "),
    "a power as text": text("{at}", "3e0"),
    "a huge power as text": text("{at}", "1e999"),
    "a digit group as text": text("{at}", "1_000"),
    "a foreign digit as text": text("{at}", "٣"),
    "a wide digit as text": text("{at}", "３"),
    "almost whole as text": text("{at}", "3.00000000000000000001"),
    "a fraction without a digit before it": text("{at}", ".0"),
    "a decimal comma as text": text("{at}", "3,5"),
    "beyond a double's whole numbers as text": text("{at}", "9007199254740993"),
    "infinity as text": text("{at}", "Infinity"),
    "hexadecimal as text": text("{at}", "0x3"),
    "a fraction": '<c r="{at}"><v>0.5</v></c>',
    "a huge number": '<c r="{at}"><v>1E+300</v></c>',
    "a date": '<c r="{at}" s="2"><v>45000</v></c>',
    "a duration": '<c r="{at}" s="3"><v>1.5</v></c>',
}
COLUMNS = {
    "key": ("Fases", "Fase_Id"),
    "text": ("Fases", "Fase_Nome"),
    "integer": ("Fases", "Fase_Sequencia"),
    "flag": ("Fases", "Fase_DeProducao"),
    "real": ("Modelos", "Produto_PesoDesmolde"),
    "time": ("FuncionariosFasesAptos", "FuncionarioFase_Inicio"),
}
SOUND = {"FuncionarioFase_Inicio": '<c r="{at}" s="1"><v>45000.5</v></c>'}


def written(path: Path, sheet: str, header: str) -> Path:
    """A workbook with that one sheet: a row for each odd cell, in that column."""
    headers = [column.header for one in SHEETS if one.name == sheet for column in one.columns]
    rows = ["".join(text(f"{chr(65 + place)}1", name) for place, name in enumerate(headers))]
    for number, cell in enumerate(CELLS.values(), 2):
        cells = [
            (
                cell
                if name == header
                else SOUND.get(name, '<c r="{at}"><v>1</v></c>' if "Nome" not in name else text("{at}", "n"))
            )
            for name in headers
        ]
        rows.append("".join(one.replace("{at}", f"{chr(65 + place)}{number}") for place, one in enumerate(cells)))
    sheets = PARTS["xl/workbook.xml"].replace('name="S"', f'name="{sheet}"')
    body = "".join(f'<row r="{number}">{cells}</row>' for number, cells in enumerate(rows, 1))
    return write_package(path, body, {"xl/workbook.xml": sheets})


def as_the_product_reads(path: Path, sheet: str) -> dict[int, tuple[str | None, list[Any]]]:
    (contract,) = (one for one in SHEETS if one.name == sheet)
    found: dict[int, tuple[str | None, list[Any]]] = {}
    with open_workbook(path) as workbook:
        for chunk in typed_chunks(workbook, contract):
            for place, number in enumerate(chunk.excel_rows):
                fault = chunk.faults.get(place)
                found[number] = (fault.code if fault else None, [values[place] for values in chunk.columns])
    return found


@pytest.mark.parametrize(("sheet", "header"), COLUMNS.values(), ids=COLUMNS.keys())
def test_odd_cells_mean_the_same(tmp_path: Path, sheet: str, header: str) -> None:
    path = written(tmp_path / "odd.xlsx", sheet, header)
    ours = as_the_product_reads(path, sheet)
    theirs = {number: (code, values) for number, code, values in oracle.rows(path, sheet)}
    differing = {
        name: (ours.get(number), theirs.get(number))
        for number, name in enumerate(CELLS, 2)
        if judged(ours.get(number)) != judged(theirs.get(number))
    }
    assert not differing


def judged(row: tuple[str | None, list[Any]] | None) -> Any:
    """The refusal of a row, or the canonical form of its values."""
    if row is None:
        return "no row"
    code, values = row
    return code or [canonical_value(value) for value in values]


def test_a_row_of_formulas_without_values_is_a_row(tmp_path: Path) -> None:
    headers = [column.header for one in SHEETS if one.name == "Fases" for column in one.columns]
    first = "".join(text(f"{chr(65 + place)}1", name) for place, name in enumerate(headers))
    formulas = "".join(f'<c r="{chr(65 + place)}2"><f>1+1</f></c>' for place in range(len(headers)))
    parts = {"xl/workbook.xml": PARTS["xl/workbook.xml"].replace('name="S"', 'name="Fases"')}
    path = write_package(tmp_path / "f.xlsx", f'<row r="1">{first}</row><row r="2">{formulas}</row>', parts)
    assert [(number, code) for number, code, _ in oracle.rows(path, "Fases")] == [(2, "INVALID_TYPE")]
    assert {number: code for number, (code, _) in as_the_product_reads(path, "Fases").items()} == {2: "INVALID_TYPE"}
