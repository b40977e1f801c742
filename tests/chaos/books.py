"""Workbooks of a campaign: a few that differ in what each answer counts, so that an answer shows whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.contract import SHEETS
from app.workbook.opc.digest import sha256_of
from tests.integration.ingestion.factory import ASSIGNMENTS, ERRORS, ORDERS, PHASES, factory, order, phase, save

VARIANTS = 3
PEOPLE_OF_THE_FACTORY = 3


@dataclass(frozen=True)
class Book:
    """A workbook; rows: the number of each table of core that it makes, for no row of it is refused."""

    path: Path
    sha256: str
    rows: dict[str, int]

    @property
    def name(self) -> str:
        return self.path.name


def make_books(folder: Path, *, orders: int, name: str = "variant") -> list[Book]:
    """The variants of one plant: each has a tenth more orders than the one before."""
    return [make_book(folder / f"{name}-{number}.xlsx", orders + orders * number // 10) for number in range(VARIANTS)]


def make_book(path: Path, orders: int) -> Book:
    """A workbook of the small factory with this number of orders, two phases of each, and what belongs to them."""
    rows = factory()
    rows[ORDERS] = [order(number) for number in range(orders)]
    rows[PHASES] = [phase(number) for number in range(2 * orders)]
    rows[ASSIGNMENTS] = [
        [row[0], 1 + number % PEOPLE_OF_THE_FACTORY, int(number % 3 == 0)] for number, row in enumerate(rows[PHASES])
    ]
    rows[ERRORS] = [
        ["Falta de resina", 100 + number, 1, 1 + number % 3, 5000 + 2 * number, 5001 + 2 * number]
        for number in range(orders)
    ]
    save(path, rows)
    return Book(path, sha256_of(path), {sheet.table: len(rows[sheet.name]) for sheet in SHEETS if sheet.name in rows})
