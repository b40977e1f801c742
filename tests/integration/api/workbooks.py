"""Small workbooks for the API's tests: random but seeded rows with the real one's faults, and degenerate ones."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xlsxwriter

from tests.oracle.sheets import SHEETS

Rows = dict[str, list[list[Any]]]
NULL = "NULL"
DAY = dt.timedelta(days=1)
START = dt.datetime(2024, 1, 1)


def write(path: Path, rows: Rows) -> Path:
    """A workbook with every sheet of the contract and these rows."""
    book = xlsxwriter.Workbook(path)
    as_date = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    for name, (_, columns) in SHEETS.items():
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, list(columns))
        for number, row in enumerate(rows[name], 1):
            for place, value in enumerate(row):
                if isinstance(value, dt.datetime):
                    sheet.write_datetime(number, place, value, as_date)
                elif isinstance(value, str):
                    sheet.write_string(number, place, value)
                else:
                    sheet.write_number(number, place, value)
    book.close()
    return path


def empty() -> Rows:
    """All sheets, without rows."""
    return {name: [] for name in SHEETS}


def catalogues() -> Rows:
    """Phases 1 to 8, products 1 to 10 with routes, employees 1 to 6 with skills; nothing made yet."""
    rows = empty()
    rows["Fases"] = [[n, f"Fase {n}", 90 - n, 1, n % 2] for n in range(1, 9)]
    rows["Modelos"] = [
        [n, f"K{n}  Á", 0 if n % 4 == 0 else 8.5 + n, 10.25, *((0, 0) if n % 5 == 0 else (0.9, 1.1 * n))]
        for n in range(1, 11)
    ]
    rows["FasesStandardModelos"] = [[p, n, n, 1.5 * n, 0.25] for p in range(1, 11) for n in range(1, 6)]
    rows["FasesStandardModelos"] += [[1, 1, 9, 2, 0], [2, 1, 11, 0.666666666666667, 0]]
    rows["Funcionarios"] = [[n, f"Pessoa {n}", n % 2] for n in (1, 2, 2, 3, 4, 4, 5, 6)]
    rows["FuncionariosFasesAptos"] = [[1, 1, START], [1, 1, START + DAY], [2, 3, NULL]]
    return rows


def factory(seed: int, orders: int = 60, *, open_share: float = 0.4) -> Rows:
    """Orders in every state with phases, people and errors; unsorted, with orphans, repeats and impossible times."""
    chance, rows, phase_id = random.Random(seed), catalogues(), 1000
    for order in chance.sample(range(100, 100 + 4 * orders), orders):
        created = START + DAY * chance.randint(0, 200) - (400 if order % 7 == 0 else 0) * DAY
        completed = created + dt.timedelta(minutes=chance.randint(-3000, 90_000))
        is_open = chance.random() < open_share
        transport = NULL if chance.random() < 0.2 else completed.replace(hour=0, minute=0) + DAY * chance.randint(-2, 3)
        product = chance.randint(1, 13)
        rows["OrdensFabrico"].append([order, created, NULL if is_open else completed, product, _at(order), transport])
        current = chance.randint(0, 9) if is_open else 99
        for step in range(chance.randint(0, 8)):
            phase_id += chance.randint(1, 3)
            rows["FasesOrdemFabrico"].append(_phase(chance, phase_id, order, step, created, current))
            _people_and_errors(chance, rows, phase_id, order)
    rows["FasesOrdemFabrico"].append([999, 7, NULL, NULL, NULL, 1, 0, 1, 0, 0, NULL, 1])  # no such order
    rows["OrdemFabricoErros"].append(["Sem ordem", 7, 6, 3, 999, NULL])
    for sheet in ("OrdensFabrico", "FasesOrdemFabrico", "FuncionariosFaseOrdemFabrico"):
        rows[sheet] += [list(row) for row in rows[sheet][:1]]
        chance.shuffle(rows[sheet])
    rows["OrdensFabrico"].append([*rows["OrdensFabrico"][0][:4], 3, NULL])  # same order, other phase: the last wins
    return rows


def a_day_later(rows: Rows) -> Rows:
    """The next export of the same factory: each kind of change, of orders and of other rows."""
    chance, later = random.Random(5), {sheet: [list(row) for row in own] for sheet, own in rows.items()}
    for place, order in enumerate(later["OrdensFabrico"]):
        created, done, leaves = order[1], order[2], order[5]
        if place % 7 == 0:
            order[5] = NULL if leaves != NULL and place % 2 else (START if leaves == NULL else leaves) + 3 * DAY
        if place % 7 == 1 and leaves != NULL:
            order[5] = leaves + chance.choice([dt.timedelta(hours=5), -DAY, DAY])
        if place % 7 == 2:
            order[2] = created + 9 * DAY if done == NULL else NULL
        if place % 7 == 3:
            order[4] = 3 if order[4] == 1 else 77
        if place % 7 == 4:
            order[3], order[1] = order[3] + 1, created - DAY if place % 2 else created
        if place % 7 == 5 and done != NULL:
            order[2] = done + DAY
    del later["OrdensFabrico"][5:8]
    later["OrdensFabrico"] += [[9001, START, NULL, 1, 1, START + DAY], [9002, START, START + DAY, 1, 1, NULL]]
    later["OrdemFabricoErros"] = later["OrdemFabricoErros"][7:] + [["Novo", 9001, 6, 2, 1, NULL]] * 3
    for phase in later["FasesOrdemFabrico"][::5]:
        phase[3], phase[8] = phase[2], 3.25
    del later["FasesOrdemFabrico"][10:20]
    later["Modelos"][0][1], later["Funcionarios"][0][1] = "=1+1", "Outra Pessoa"
    later["FuncionariosFaseOrdemFabrico"] = later["FuncionariosFaseOrdemFabrico"][3:]
    return later


def steady(seed: int, orders: int = 360) -> Rows:
    """Orders that come and go at a steady pace, their phases spread over their time: enough to learn from."""
    chance, rows, now = random.Random(seed), catalogues(), START + 200 * DAY
    rows["FasesStandardModelos"] = [[1 + n % 5, 1 + n % 4, n, 1.5, 0] for n in range(30)]
    for order in range(101, 101 + orders):
        created = now - dt.timedelta(minutes=chance.randint(0, 540 * 1440))
        lasts = dt.timedelta(minutes=chance.randint(20, 90) * 1440)
        done: Any = created + lasts if created + lasts <= now else NULL
        due = (created + lasts).replace(hour=0, minute=0) + DAY * chance.randint(-6, 6)
        rows["OrdensFabrico"].append([order, created, done, chance.randint(1, 6), 1, NULL if order % 9 == 0 else due])
        for step in range(7):
            start: Any = created + lasts * (step + chance.random()) / 7
            end: Any = start + dt.timedelta(minutes=chance.choice([45, 480, 2000]))
            start, end = (at.replace(second=0, microsecond=0) if at <= now else NULL for at in (start, end))
            if chance.random() < 0.05:
                end = NULL
            key, phase = 10 * order + step, 1 + (step + order % 2) % 4
            rows["FasesOrdemFabrico"].append([key, order, start, end, NULL, 1 + key % 3, 0, phase, 0, 0, NULL, step])
    return rows


def judged_in_place(rows: Rows) -> Rows:
    """The same, but eleven of twelve errors name an execution of the phase that judged, as a truthful export does."""
    places = {row[0]: row[7] for row in rows["FasesOrdemFabrico"]}
    for number, error in enumerate(rows["OrdemFabricoErros"]):
        if number % 12:
            error[2] = places[error[4]]
    return rows


def _at(order: int) -> int:
    """The phase that an order is at: of four orders one is over, in one of the declared ways."""
    return (12, 15, 72, 17, 9, 12)[order // 4 % 6] if order % 4 == 0 else 1


def _phase(chance: random.Random, key: int, order: int, step: int, created: dt.datetime, current: int) -> list[Any]:
    start: Any = created + dt.timedelta(minutes=600 * step + chance.randint(0, 500))
    end: Any = start + dt.timedelta(minutes=chance.choice([0, 45, 480, -90]))
    if step > current:
        start = end = NULL
    elif chance.random() < 0.15 or step == current:
        start, end = chance.choice([start, NULL]), NULL
    planned, shift = (created.replace(hour=0), 2) if chance.random() < 0.1 else (NULL, NULL)
    weight = chance.choice([0, 0, 0, 7.25, 11.1])
    return [
        key,
        order,
        start,
        end,
        planned,
        (1.5, 0.7, 3, 0, 40)[key % 5],
        0,
        chance.randint(1, 9),
        weight,
        step % 4 == 3,
        shift,
        step // 2 + 1,
    ]


def _people_and_errors(chance: random.Random, rows: Rows, phase_id: int, order: int) -> None:
    for person in chance.sample(range(1, 8), chance.randint(0, 2)):
        rows["FuncionariosFaseOrdemFabrico"].append([phase_id, person, int(person == 1)])
    for _ in range(chance.choice([0, 0, 1, 3])):
        culprit = chance.choice([NULL, phase_id, phase_id - 1])
        text = chance.choice(["Molde baço", "Pintura com fios", 'Poros; "na" pintura', "Barco bem lixado."])
        rows["OrdemFabricoErros"].append([text, order, chance.randint(5, 9), chance.randint(1, 3), phase_id, culprit])


def without_orders(rows: Rows) -> Rows:
    """Phases, assignments and errors without their orders."""
    return rows | {"OrdensFabrico": []}


def orders_alone(rows: Rows) -> Rows:
    """Orders on which nothing was done: no phase, assignment or error."""
    return rows | {"FasesOrdemFabrico": [], "FuncionariosFaseOrdemFabrico": [], "OrdemFabricoErros": []}


def at_midnight(rows: Rows) -> Rows:
    """Events at the first moment of their day, so that a bound on that day meets them exactly; one order took no time.

    That order, 8, is completed as it is created.
    """

    def cut(cell: Any) -> Any:
        return cell.replace(hour=0, minute=0) if isinstance(cell, dt.datetime) else cell

    rows = {sheet: [[cut(cell) for cell in row] for row in own] for sheet, own in rows.items()}
    return rows | {"OrdensFabrico": [*rows["OrdensFabrico"], [8, START, START, 1, 1, START]]}


def matched(share_of: str, present: int, referencing: int) -> Rows:
    """A workbook in which `present` of the `referencing` values that one gate counts find their target."""
    phases = [[n, 1, START, START, NULL, 1, 0, 1, 0, 0, NULL, n] for n in range(1, present + 1)]
    orders = [[1, START, NULL, 1, 1, NULL]]
    fresh = catalogues() | {"OrdensFabrico": orders, "FasesOrdemFabrico": phases}
    keys = range(1, referencing + 1)
    if share_of == "employee_productivity":
        fresh["FuncionariosFaseOrdemFabrico"] = [[n, 1, 1] for n in keys]
    elif share_of == "error_attribution":
        fresh["OrdemFabricoErros"] = [["Molde baço", 1, 6, 1, 1, n] for n in keys]
    elif share_of == "standard_route":
        fresh["FasesStandardModelos"] = [[1, 1, n, 1, 0] if n <= present else [77, 1, n, 1, 0] for n in keys]
    else:
        fresh["OrdensFabrico"] = [[n, START, NULL, n, 1, NULL] for n in keys]
        fresh["Modelos"] = [[n, f"K{n}", 1, 1, 0, 0] for n in range(1, present + 1)]
        fresh["FasesStandardModelos"] = []
    return fresh


def rated(present: Mapping[str, int], referencing: int = 100) -> Rows:
    """A workbook in which each gate counts `referencing` values, and `present` of a gate's find their target.

    All find it where a gate is not named.
    """

    def keys(gate: str) -> list[int]:
        return [n if n <= present.get(gate, referencing) else n + 7 * referencing for n in range(1, referencing + 1)]

    rows, products = catalogues(), keys("produto_join")
    rows["OrdensFabrico"] = [[n, START, NULL, product, 1, NULL] for n, product in enumerate(products, 1)]
    rows["Modelos"] = [[n, f"K{n}", 1, 1, 0, 0] for n in products if n <= referencing]
    rows["FasesOrdemFabrico"] = [[n, 1, START, START, NULL, 1, 0, 1, 0, 0, NULL, n] for n in range(1, referencing + 1)]
    rows["FuncionariosFaseOrdemFabrico"] = [[n, 1, 1] for n in keys("employee_productivity")]
    rows["OrdemFabricoErros"] = [["Molde baço", 1, 6, 1, 1, n] for n in keys("error_attribution")]
    routes = enumerate(keys("standard_route"), 1)
    rows["FasesStandardModelos"] = [[1 if n <= referencing else n, 1, step, 1, 0] for step, n in routes]
    return rows


def unmatched(seed: int) -> Rows:
    """A factory at work whose references find nothing: assignments, culprits, products and routes are all orphans."""
    rows = factory(seed)
    for row in rows["FuncionariosFaseOrdemFabrico"]:
        row[0] += 1_000_000
    for row in rows["OrdemFabricoErros"]:
        row[5] = NULL if row[5] == NULL else row[5] + 1_000_000
    for row in rows["Modelos"]:
        row[0] += 1_000_000
    for row in rows["FasesStandardModelos"]:
        row[0] += 2_000_000
    return rows
