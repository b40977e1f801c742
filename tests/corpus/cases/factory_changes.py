"""Sheets of another number of rows and with other cells: a factory at work, and faults of its exports."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from tests.corpus.base import PART_OF, ROWS, sheet_xml, sound_cell, text_cell
from tests.corpus.cases.cells import number
from tests.oracle.sheets import DAY, SHEETS, TIME

ORDERS, PHASES, PEOPLE, SKILLS, CATALOGUE = (
    "OrdensFabrico",
    "FasesOrdemFabrico",
    "Funcionarios",
    "FuncionariosFasesAptos",
    "Fases",
)
ERRORS, ASSIGNED, ROUTES = "OrdemFabricoErros", "FuncionariosFaseOrdemFabrico", "FasesStandardModelos"
CREATED, PLANNED = "Of_DataCriacao", "FaseOf_DataPrevista"
ALL = range(2, ROWS + 2)
NULL = '<c r="{at}" t="s"><v>1</v></c>'
YESTERDAY, SERIAL, FAR_AWAY = text_cell("ontem"), number("45067"), number("99999", 1)
Changes = Mapping[str, tuple[Iterable[int], Mapping[int, Mapping[str, str]]]]
Change = Callable[[str, int, str], str | None]
"""Gives the new cell for a sheet, row and header, or None if it does not change."""


def book(changes: Changes) -> dict[str, str | bytes | None]:
    """Sheets of these row numbers and changed cells."""
    return {PART_OF[sheet]: sheet_xml(sheet, changed, numbers) for sheet, (numbers, changed) in changes.items()}


def faulty(rows: Iterable[int], header: str, cell: str) -> dict[int, dict[str, str]]:
    """One cell in each of these rows."""
    return {row: {header: cell} for row in rows}


def versions(rows: Iterable[int]) -> dict[int, dict[str, str]]:
    """These rows are the people of twelve rows before, under another name."""
    return {row: {"Funcionario_Id": number(str(row - 13)), "Funcionario_Nome": text_cell("y")} for row in rows}


def at_work(sheet: str, number_of_row: int, header: str) -> str:
    """A cell of a factory whose columns differ from each other; of its orders and phases every second is open."""
    n = number_of_row - 1
    own = {
        "Of_DataAcabamento": None if n % 2 else number(f"{45010 + n}.5", 1),
        "Of_DataTransporte": number(f"{45020 + n}", 1),
        "FaseOf_Fim": None if n % 2 else number(f"{45000 + n}.5", 1),
        "FaseOf_Peso": number("0" if n % 4 else f"{100 + n}.5"),
        "FaseOf_FaseId": number(str(1 + n % 7)),
    }
    return own.get(header) or sound_cell(sheet, header, n)


def factory(*changes: Change) -> Changes:
    """A hundred and twenty orders and phases of such a factory, with cells changed by sheet, row and header."""
    return {
        sheet: (
            LONG_ROWS,
            {
                row: {
                    header: next(filter(None, (change(sheet, row, header) for change in (*changes, at_work))))
                    for header in SHEETS[sheet][1]
                }
                for row in LONG_ROWS
            },
        )
        for sheet in (ORDERS, PHASES)
    }


def exchanged(one: str, other: str) -> Change:
    """Two columns in each other's place."""
    of = {one: other, other: one}
    return lambda sheet, row, header: at_work(sheet, row, of[header]) if header in of else None


def all_of(wanted: str, make: Callable[[int], str]) -> Change:
    """Another cell in each row of a column. make: from the row's place among the rows, from 1."""
    return lambda sheet, row, header: make(row - 1) if header == wanted else None


def later(days: float) -> Change:
    """Move each date and time by this number of days."""

    def changed(sheet: str, row: int, header: str) -> str | None:
        cell = at_work(sheet, row, header)
        kind = SHEETS[sheet][1][header][0]
        if (kind != TIME and (kind != DAY or days % 1)) or 't="s"' in cell:
            return None
        return re.sub("<v>(.*)</v>", lambda match: f"<v>{float(match[1]) + days!r}</v>", cell)

    return changed


def a_day_later(sheet: str, row: int, header: str) -> str | None:
    """Open orders move and are planned anew, one row in twenty is finished, and one in twenty corrected."""
    if header in ("Of_FaseId", "Of_DataTransporte") and row % 2 == 0:
        return number(f"{45200 + row % 30}", 1) if header == "Of_DataTransporte" else number(str(1 + row % 9))
    if row % 20 == 2 and header in ("FaseOf_Fim", "Of_DataAcabamento"):
        return number("45130.5", 1)
    return number("9.5") if row % 20 == 3 and header in ("FaseOf_Peso", "FaseOf_Coeficiente") else None


def finished(sheet: str, row: int, header: str) -> str | None:
    """End each open order and phase."""
    return number("45140.5", 1) if header in ("Of_DataAcabamento", "FaseOf_Fim") and row % 2 == 0 else None


def rounded(sheet: str, row: int, header: str) -> str | None:
    """Numbers and times written with fewer digits, as other programs do."""
    n = row - 1
    if header == "FaseOf_Peso" and n % 4 == 0:
        return number(f"{100 + n}.50000000000003")
    return number(f"{45000 + n}.250001", 1) if header == CREATED else None


def in_part(change: Change, one_in: int) -> Change:
    """The change in one of so many rows."""
    return lambda sheet, row, header: change(sheet, row, header) if (row // 4) % one_in == 0 else None


def again(numbers: Iterable[int]) -> Change:
    """Orders behind the others with the content of the first ones."""
    return lambda sheet, row, header: (
        at_work(sheet, row - len(LONG_ROWS), header) if row in numbers and header != "Of_Id" else None
    )


def with_orders(rows: range, change: Change) -> Changes:
    """The factory at work with other orders."""
    return {**factory(), **orders_alone(rows, change)}


def orders_alone(rows: range, change: Change) -> Changes:
    """Orders of these rows."""
    cells = {
        row: {one: change(ORDERS, row, one) or at_work(ORDERS, row, one) for one in SHEETS[ORDERS][1]} for row in rows
    }
    return {ORDERS: (rows, cells)}


def phases_until(last: int, *changes: Change) -> Changes:
    """The factory at work without the phases behind this row."""
    whole = factory(*changes)
    return {**whole, PHASES: ([row for row in LONG_ROWS if row <= last], whole[PHASES][1])}


def twice(rows: int) -> Changes:
    """Errors of which each stands a second time behind all of them."""
    again = {
        row: {header: sound_cell(ERRORS, header, row - 1 - rows) for header in SHEETS[ERRORS][1]}
        for row in range(2 + rows, 2 + 2 * rows)
    }
    return {ERRORS: (range(2, 2 + 2 * rows), again)}


LONG_ROWS = range(2, 122)
LIMITS = {"FaseOf_Coeficiente": "1E300", "FaseOf_CoeficienteX": "-1E300", "FaseOf_Sequencia": "2147483647"}


def extreme(*changes: Change) -> Changes:
    """The factory at work with the smallest and the largest numbers, in its routes too."""
    limits = {
        row: {
            "ProdutoFase_ProdutoId": number("1"),
            "ProdutoFase_Sequencia": number("2147483647" if row % 2 else "-2147483648"),
        }
        for row in ALL
    }
    numbers = {header: number(value) for header, value in LIMITS.items()} | {"FaseOf_Peso": number("5E-324")}
    return {**factory(*changes, lambda sheet, row, header: numbers.get(header)), ROUTES: (ALL, limits)}
