"""A factory at work with people, errors and a long catalogue, and truthful and false later exports of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.corpus.cases.cells import number
from tests.corpus.cases.factory_changes import (
    ASSIGNED,
    CATALOGUE,
    ERRORS,
    LONG_ROWS,
    ORDERS,
    PHASES,
    Changes,
    factory,
)

PERSON = "FuncionarioFaseOf_FuncionarioId"
OF_FIVE_ORDERS = {row: {"Erro_OfId": number(str(2 + 2 * (row % 5)))} for row in range(2, 22)}
"""A sixth of the errors belongs to five finished orders of a hundred and twenty."""
RECORDED: Changes = {
    **factory(),
    ASSIGNED: (LONG_ROWS, {}),
    ERRORS: (LONG_ROWS, OF_FIVE_ORDERS),
    CATALOGUE: (LONG_ROWS, {}),
}
CELLS_OF: dict[str, dict[int, dict[str, str]]] = {ASSIGNED: {}, ERRORS: OF_FIVE_ORDERS}


def without(orders: tuple[int, ...], errors: Iterable[int]) -> Changes:
    """The recording factory without these orders, their phases and assignments, and with these errors."""
    left = [row for row in LONG_ROWS if row not in orders]
    changes = {sheet: (left, RECORDED[sheet][1]) for sheet in (ORDERS, PHASES, ASSIGNED)}
    return {**RECORDED, **changes, ERRORS: (errors, OF_FIVE_ORDERS)}


def in_sequence(rows: Iterable[int], place: Callable[[int], int]) -> Changes:
    """The recording factory with phases in another sequence. place: from the row's number."""
    return {**RECORDED, CATALOGUE: (rows, {row: {"Fase_Sequencia": number(str(place(row)))} for row in rows})}


def corrected(rows: Iterable[int], header: str = "OFCH_GRAVIDADE", sheet: str = ERRORS) -> Changes:
    """The recording factory with another value in these rows."""
    others = {row: row % 3 + 1 if header == "OFCH_GRAVIDADE" else row + 60 for row in rows}
    cells = {row: {header: number(str(value))} for row, value in others.items()}
    return {**RECORDED, sheet: (LONG_ROWS, {**CELLS_OF[sheet], **cells})}
