"""Runs over a live one whose loss no count of rows, keys or values shows: open work that is gone, and columns that have
one value left."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.corpus.case import Case
from tests.corpus.cases.cells import number
from tests.corpus.cases.factory_changes import (
    ERRORS,
    LONG_ROWS,
    NULL,
    ORDERS,
    PEOPLE,
    PHASES,
    Changes,
    a_day_later,
    at_work,
    book,
    factory,
)
from tests.corpus.cases.recording import OF_FIVE_ORDERS, RECORDED
from tests.corpus.cases.runs import GROUP, WORKING, implausible, run, shrinks

SEVERITY, ACTIVE = "OFCH_GRAVIDADE", "Funcionario_Activo"
ONE, NEXT_DAY = number("1"), range(2, 126)
OPEN_ROWS, NEWEST_ROWS = range(2, 122, 2), range(102, 122)


def errors(severity: Callable[[int], int]) -> Changes:
    """The recording factory with other severities. severity: from the row's number."""
    cells = {row: OF_FIVE_ORDERS.get(row, {}) | {SEVERITY: number(str(severity(row)))} for row in LONG_ROWS}
    return {**RECORDED, ERRORS: (LONG_ROWS, cells)}


def the_next_day(sheet: str, row: int, header: str) -> str | None:
    """A truthful change, in which nothing is corrected."""
    return None if header in ("FaseOf_Peso", "FaseOf_Coeficiente") else a_day_later(sheet, row, header)


def without_orders(absent: Iterable[int]) -> Changes:
    """The next day's export without these orders and their phases."""
    gone, next_day = set(absent), factory(the_next_day)
    new = {
        sheet: {row: {one: at_work(sheet, row, one) for one in next_day[sheet][1][2]} for row in range(122, 126)}
        for sheet in next_day
    }
    return {
        sheet: ([row for row in NEXT_DAY if row not in gone], {**cells, **new[sheet]})
        for sheet, (_, cells) in next_day.items()
    }


def without_phases(absent: Iterable[int], instead: Iterable[int] = ()) -> Changes:
    """The next day's export without these phases, whose orders are there, and with new ones for some of them."""
    gone, whole = set(absent), without_orders(())
    rows, cells = whole[PHASES]
    renewed = {
        row: {**cells[row], "FaseOf_Id": number(str(row + 1000)), "FaseOf_Coeficiente": number("77")} for row in instead
    }
    return {**whole, PHASES: ([row for row in rows if row not in gone or row in renewed], {**cells, **renewed})}


def open_orders(header: str, cell: str) -> Changes:
    """The factory at work with one cell in each open order."""
    return factory(lambda sheet, row, one: cell if one == header and row in OPEN_ROWS else None)


def ended(share: int) -> Changes:
    """The factory at work of which all but one in `share` of the open orders have an end."""
    end = number("45140.5", 1)
    return factory(
        lambda sheet, row, one: end if one == "Of_DataAcabamento" and row in OPEN_ROWS and row % (2 * share) else None
    )


MOSTLY_MINOR = Case(GROUP, "errors of which most are minor", parts=book(errors(lambda row: 1 + row % 6 // 4)))
TEAM = Case(
    GROUP,
    "a factory with people of whom few are inactive",
    parts=book({PEOPLE: (range(2, 242), {row: {ACTIVE: number(str(int(row % 10 > 0)))} for row in range(2, 242)})}),
)
CHANGED_ORDERS = (("VALUES_CHANGED", ORDERS),)

CASES = (
    run("every error is of the commonest severity", errors(lambda row: 1), implausible(
        "OrdemFabricoErros, OFCH_GRAVIDADE: 1 in 120 of 120 rows, in the live run 40 rows had another value"),
        live=MOSTLY_MINOR),
    run("all but three errors are of the commonest severity", errors(lambda row: 1 + (row in (4, 5, 10))), implausible(
        "1 in 117 of 120 rows, in the live run 40 rows"), live=MOSTLY_MINOR),
    run("a quarter of the errors is of the commonest severity instead", errors(
        lambda row: 1 if row < 32 else 1 + row % 6 // 4), live=MOSTLY_MINOR),
    run("every open order is at one phase", open_orders("Of_FaseId", number("5")), live=WORKING,
        warnings=CHANGED_ORDERS),
    run("every open order is transported on one day", open_orders("Of_DataTransporte", number("45200", 1)), live=WORKING,
        warnings=CHANGED_ORDERS),
    run("no open order has a transport any more", open_orders("Of_DataTransporte", NULL), shrinks(
        "no row has a value in OrdensFabrico.Of_DataTransporte of rows without Of_DataAcabamento, which has 60"),
        live=WORKING),
    run("a seventh of the open orders is absent from a later export", without_orders(OPEN_ROWS[20:28]), shrinks(
        "OrdensFabrico would lose 8 of the 60 open rows of the live run"), live=WORKING),
    run("a tenth of the open orders is absent from a later export", without_orders(OPEN_ROWS[20:26]), live=WORKING,
        warnings=(("ROWS_MISSING", ORDERS),)),
    run("two open orders were cancelled", without_orders((50, 60)), live=WORKING),
    run("most of the newest orders are absent from a later export", without_orders(
        [row for row in NEWEST_ROWS if row % 2 or row < 106]), live=WORKING, warnings=(("ROWS_MISSING", ORDERS),)),
    run("a seventh of the open phases is absent from a later export", without_phases(OPEN_ROWS[20:28]), shrinks(
        "FasesOrdemFabrico would lose 7 of the 54 open rows of the live run"), live=WORKING),
    run("open phases were planned anew", without_phases(OPEN_ROWS[20:28], OPEN_ROWS[20:28]), live=WORKING),
    run("most of the open orders have an end", ended(6), live=WORKING, warnings=(("OPEN_WORK_MISSING", ORDERS),)),
)  # fmt: skip
