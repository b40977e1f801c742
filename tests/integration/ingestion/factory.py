"""A factory small enough to read: every sheet with a handful of rows, and the workbook that holds them."""

from __future__ import annotations

import copy
import datetime as dt
from pathlib import Path
from typing import Any

import xlsxwriter

from app.contract import SHEETS

Rows = dict[str, list[list[Any]]]
"""Sheet → data rows in the contract's order of columns; row n of the list is Excel row n + 2. None is the text NULL,
and so is each cell that a row lacks at its end."""

ORDERS, PHASES, ASSIGNMENTS, ERRORS = (
    "OrdensFabrico",
    "FasesOrdemFabrico",
    "FuncionariosFaseOrdemFabrico",
    "OrdemFabricoErros",
)
EMPLOYEES, SKILLS, CATALOGUE, PRODUCTS, ROUTES = (
    "Funcionarios",
    "FuncionariosFasesAptos",
    "Fases",
    "Modelos",
    "FasesStandardModelos",
)
PEOPLE = ("Zulmira Plantada", "z) Quintino Semeado ", "Ximena  Regada")
"""Names that must never leave core."""

START = dt.datetime(2024, 3, 1)
AS_OF = dt.datetime(2024, 4, 10, 16, 30)


def order(number: int) -> list[Any]:
    """Work order 100 + number; the last four are open."""
    completed = None if number >= 16 else START + dt.timedelta(days=number + 20)
    return [100 + number, START + dt.timedelta(days=number), completed, 900 + number % 3, 1 + number % 4, None]


def phase(number: int) -> list[Any]:
    """Order phase 5000 + number of work order 100 + number // 2; every fifth is open."""
    began = START + dt.timedelta(days=number % 30, hours=7)
    ended = None if number % 5 == 0 else began + dt.timedelta(hours=3, minutes=number)
    return [
        5000 + number,
        100 + number // 2,
        began,
        ended,
        None,
        0.1 * number,
        1.5,
        1 + number % 4,
        0.0,
        0,
        None,
        number,
    ]


def factory() -> Rows:
    """Twenty orders, forty phases and what belongs to them; every reference has its target and no row is at fault."""
    rows: Rows = {
        ORDERS: [order(number) for number in range(20)],
        PHASES: [phase(number) for number in range(40)],
        ASSIGNMENTS: [[5000 + number, 1 + number % 3, int(number % 3 == 0)] for number in range(40)],
        ERRORS: [["Falta de resina à proa", 100 + n, 1, 1 + n % 3, 5000 + 2 * n, 5001 + 2 * n] for n in range(20)],
        EMPLOYEES: [[1 + n, name, int(n != 1)] for n, name in enumerate(PEOPLE)],
        SKILLS: [[1 + n, 1 + n, START] for n in range(3)],
        CATALOGUE: [[1 + n, f"Laminação {n}", n, 1, 0] for n in range(4)],
        PRODUCTS: [[900 + n, f"Canoa {n}", 12.300000190734863, 11.5, 0.0, 1e-7] for n in range(3)],
        ROUTES: [[900 + n, 1 + n, 1, 2.5, -0.0] for n in range(3)],
    }
    rows[ORDERS][15][2] = AS_OF
    rows[ERRORS].append(list(rows[ERRORS][3]))  # an identical error is an event of its own
    return copy.deepcopy(rows)


def save(path: Path, rows: Rows) -> Path:
    """Write the rows as the ERP would: headers in row 1, nulls as the text NULL, dates as date cells."""
    with xlsxwriter.Workbook(path) as book:
        date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        for sheet in SHEETS:
            page = book.add_worksheet(sheet.name)
            page.write_row(0, 0, [column.header for column in sheet.columns])
            for row, cells in enumerate(rows.get(sheet.name, ()), start=1):
                for column, value in enumerate([*cells, *[None] * (len(sheet.columns) - len(cells))]):
                    if value is None:
                        page.write_string(row, column, "NULL")
                    elif isinstance(value, dt.date):
                        page.write_datetime(row, column, value, date)
                    elif isinstance(value, str):
                        page.write_string(row, column, value)
                    else:
                        page.write_number(row, column, value)
    return path


def excel_row(place: int) -> int:
    """The Excel row of the data row at this place of its list."""
    return place + 2
