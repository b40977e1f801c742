"""The invented catalogues: phases, products with their standard routings, employees and their skills.

Their sizes and faults are those of WORKBOOK's measurements; every name is made up.
"""

from __future__ import annotations

import datetime as dt
import struct
from dataclasses import dataclass
from random import Random
from typing import Any

from app.workbook.sample.picking import Picker

Row = list[Any]

PHASE_COUNT, PRODUCTS, ROUTE_ROWS = 71, 894, 15_347
PHASES_WITHOUT_ORDERS = 32
PEOPLE, LEFT = 301, 164
SKILL_ROWS, MOST_SKILLS, SKILLS_TWICE, SKILLS_UNDATED = 902, 15, 8, 10
CHECKLIST_PHASE = 8

STEPS = ("Laminação", "Corte", "Desmolde", "Pintura", "Acabamento", "Montagem", "Colagem", "Polimento", "Inspeção")
PLACES = ("casco", "deck", "interior", "exterior", "leme", "pagaia", "assento", "proa", "popa")
TERMINAL = {
    9: "Em armazém",
    10: "Pronto a enviar",
    12: "No cliente",
    15: "Emprestado",
    16: "A abater",
    17: "Abate feito",
    49: "Armazém de segunda",
    50: "Resíduo",
    72: "Aproveitado",
}
"""Phases behind production, by the numbers that app/features/open_orders.toml declares."""
FIRST = ("Alda", "Bento", "Clara", "Davi", "Elsa", "Fausto", "Graça", "Hélio", "Inês", "Jorge", "Lídia", "Mário")
LAST = ("Abreu", "Bastos", "Cunha", "Dourado", "Esteves", "Fragoso", "Gouveia", "Homem", "Leal", "Morgado", "Nóbrega")


@dataclass(frozen=True)
class Catalogues:
    """Rows by sheet, in the contract's column order, and facts for the shop floor.

    routes: product → [(phase, coefficient, coefficient_x)] in sequence. order_phases: phases that orders may be at.
    """

    phases: list[Row]
    products: list[Row]
    routes: list[Row]
    employees: list[Row]
    skills: list[Row]
    route_of: dict[int, list[tuple[int, float, float]]]
    order_phases: list[int]
    automatic: set[int]
    active: list[int]
    inactive: list[int]


def make_catalogues(rng: Random, route_match: float) -> Catalogues:
    """Make all catalogues. route_match: share of the standard-route rows whose product exists."""
    phases: list[Row] = [
        [
            number,
            TERMINAL.get(number) or f"{STEPS[number % len(STEPS)]} {PLACES[number // len(STEPS) % len(PLACES)]}",
            number * 10,
            int(number % 9 != 0 and number not in TERMINAL),
            int(number % 12 == 5),
        ]
        for number in range(1, PHASE_COUNT + 1)
    ]
    products = _products(rng)
    routes, route_of = _routes(rng, [row[0] for row in products], route_match)
    skills_of = _skills_of_each(rng)
    employees, active, inactive = _employees(rng, skills_of)
    return Catalogues(
        phases=phases,
        products=products,
        routes=routes,
        employees=employees,
        skills=_skills(rng, sorted({row[0] for row in employees}), skills_of),
        route_of=route_of,
        order_phases=list(range(1, PHASE_COUNT - PHASES_WITHOUT_ORDERS + 1)),
        automatic={row[0] for row in phases if row[4]},
        active=active,
        inactive=inactive,
    )


def _float32(value: float) -> float:
    """The value, or one a hundredth more, as a 32-bit float stores it: always with noise."""
    noisy: float = struct.unpack("f", struct.pack("f", value))[0]
    return noisy if noisy != value else _float32(value + 0.01)


def _products(rng: Random) -> list[Row]:
    noisy = Picker(rng, PRODUCTS, 17, 18)
    odd = Picker(rng, PRODUCTS, 45, 11)
    rows: list[Row] = []
    for index in range(PRODUCTS):
        gap = "  " if index in (100, 500) else " "
        demoulded = round(rng.uniform(8, 24), 2)
        finished = round(demoulded + rng.uniform(0.2, 3), 2)
        if odd.of(index) == 0:
            demoulded = finished = 0
        elif odd.of(index) == 1:
            finished = round(demoulded - 0.5, 2)
        deck, hull = round(rng.uniform(0.4, 2), 2), round(rng.uniform(0.6, 3), 2)
        if noisy.of(index) == 0:
            deck = _float32(deck)
        elif noisy.of(index) == 1:
            hull = _float32(hull)
        rows.append(
            [20_000 + 7 * index, f"Modelo{gap}{index // 26:02d}{chr(65 + index % 26)}", demoulded, finished, deck, hull]
        )
    return rows


def _routes(
    rng: Random, products: list[int], match: float
) -> tuple[list[Row], dict[int, list[tuple[int, float, float]]]]:
    unknown = Picker(rng, ROUTE_ROWS, round(ROUTE_ROWS * (1 - match)))
    large = Picker(rng, ROUTE_ROWS, 12, 12, 1_753)
    repeats = Picker(rng, len(products), 238)
    gaps = Picker(rng, len(products), 9)
    rows: list[Row] = []
    route_of: dict[int, list[tuple[int, float, float]]] = {}
    for index, product in enumerate(products):
        length = ROUTE_ROWS * (index + 1) // len(products) - ROUTE_ROWS * index // len(products)
        steps = sorted(rng.sample(range(1, PHASE_COUNT - PHASES_WITHOUT_ORDERS + 1), length))
        if index in repeats:
            steps[-1] = steps[0]
        route_of[product] = []
        for place, phase in enumerate(steps, start=1):
            kind = large.of(len(rows))
            coefficient: float = 24 + rng.randrange(30) if kind == 0 else round(rng.uniform(0.1, 6), 2)
            extra: float = 18 + rng.randrange(20) if kind == 1 else 0 if rng.random() < 0.8 else 0.75
            if kind == 2:
                coefficient = round(coefficient, 2) + rng.randrange(1, 99) * 1e-6
            sequence = place + (1 if index in gaps and place > 3 else 0)
            target = 900_000 + product if len(rows) in unknown else product
            rows.append([target, phase, sequence, coefficient, extra])
            route_of[product].append((phase, coefficient, extra))
    return rows, route_of


def _skills_of_each(rng: Random) -> list[int]:
    """The number of skills of each person: one has the most, everyone has one."""
    counts = [MOST_SKILLS] + [1] * (PEOPLE - 1)
    while sum(counts) < SKILL_ROWS:
        person = rng.randrange(1, PEOPLE)
        counts[person] = min(MOST_SKILLS, counts[person] + 1)
    rng.shuffle(counts)
    return counts


def _employees(rng: Random, skills_of: list[int]) -> tuple[list[Row], list[int], list[int]]:
    """A row of each person for each of their skills, all alike."""
    people: list[Row] = []
    for index in range(PEOPLE):
        gone = index < LEFT
        name = f"{FIRST[index % len(FIRST)]}{'  ' if index % 50 == 7 else ' '}{LAST[index % len(LAST)]} {index:03d}"
        name += " " if index % 30 == 3 else ""
        people.append([400 + 3 * index, f"z) {name}" if gone else name, int(not gone)])
    rows = [person for person, count in zip(people, skills_of, strict=True) for _ in range(count)]
    rng.shuffle(rows)
    active = [row[0] for row in people if row[2]]
    return rows, active, [row[0] for row in people if not row[2]]


def _skills(rng: Random, people: list[int], skills_of: list[int]) -> list[Row]:
    rows: list[Row] = []
    second = []
    for person, count in zip(people, skills_of, strict=True):
        if count > 1:
            second.append(len(rows) + 1)
        for phase in rng.sample(range(1, PHASE_COUNT + 1), count):
            rows.append([person, phase, dt.datetime(1997, 1, 6) + dt.timedelta(days=rng.randrange(10_500))])
    twice = rng.sample(second, SKILLS_TWICE)
    for index in twice:
        rows[index][1:] = rows[index - 1][1], rows[index - 1][2] + dt.timedelta(days=30)
    taken = {*twice, *(index - 1 for index in twice)}
    for index in rng.sample([index for index in range(len(rows)) if index not in taken], SKILLS_UNDATED):
        rows[index][2] = None
    rng.shuffle(rows)
    return rows
