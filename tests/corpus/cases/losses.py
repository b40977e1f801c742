"""Runs over a live one whose loss no count of rows, keys or values shows: open work that is gone, and columns that have
one value left."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tests.corpus.base import text_cell
from tests.corpus.case import Case
from tests.corpus.cases.cells import number
from tests.corpus.cases.factory_changes import (
    ERRORS,
    LONG_ROWS,
    NULL,
    ORDERS,
    PEOPLE,
    PHASES,
    PLANNED,
    Change,
    Changes,
    a_day_later,
    at_work,
    book,
    factory,
    in_part,
    later,
)
from tests.corpus.cases.recording import OF_FIVE_ORDERS, RECORDED
from tests.corpus.cases.runs import GROUP, WORKING, implausible, rejects, run, shrinks

SEVERITY, ACTIVE = "OFCH_GRAVIDADE", "Funcionario_Activo"
ONE, NEXT_DAY = number("1"), range(2, 126)
PRODUCTS, TRANSPORT = "Modelos", "Of_DataTransporte"
WEIGHTS = ("Produto_PesoDesmolde", "Produto_PesoAcabamento", "Produto_QtdGelDeck", "Produto_QtdGelCasco")
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


def unlike(sheet: str, header: str, cell: str, rows: Iterable[int]) -> Changes:
    """The factory at work with one cell in each of these rows."""
    return factory(lambda one, row, name: cell if (one, name) == (sheet, header) and row in rows else None)


def products(total: int = 0) -> Changes:
    """Products, each with weights of its own. total: the number of a row with their sums."""
    weights = {row: (row + 0.25, row + 1.25, 2.0, 0.0) for row in range(2, 42)}
    if total:
        first, second, third, fourth = (sum(column) for column in zip(*weights.values(), strict=True))
        weights[total] = (first, second, third, fourth)
    cells = {
        row: {header: number(repr(weight)) for header, weight in zip(WEIGHTS, held, strict=True)}
        for row, held in weights.items()
    }
    return {PRODUCTS: (weights, cells)}


def too_early(sheet: str, row: int, header: str) -> str | None:
    """End most orders before they were created."""
    return EARLY if header == "Of_DataAcabamento" and row % 3 else None


def orders_twice(change: Change) -> Changes:
    """Each changed order of the factory at work, and behind all of them each once more."""
    rows, cells = factory(change)[ORDERS]
    again = {row + len(LONG_ROWS): {"Of_Id": number(str(row - 1)), **cells[row]} for row in rows}
    return {**factory(), ORDERS: (range(2, 242), {**cells, **again})}


MOSTLY_MINOR = Case(GROUP, "errors of which most are minor", parts=book(errors(lambda row: 1 + row % 6 // 4)))
TEAM = Case(
    GROUP,
    "a factory with people of whom few are inactive",
    parts=book({PEOPLE: (range(2, 242), {row: {ACTIVE: number(str(int(row % 10 > 0)))} for row in range(2, 242)})}),
)
CENTURY = 25_567
"""The days of seventy years."""
CONTRADICTING = (("ROWS_CONTRADICT", ORDERS),)
IN_FUTURE = (("STAMPS_IN_FUTURE", PHASES), ("STAMPS_IN_FUTURE", ORDERS))
CHANGED_ORDERS = (("VALUES_CHANGED", ORDERS),)

UNTIL_SOME_DAY, MANY_OPEN, FEW_OPEN = text_cell("a combinar"), range(20, 36, 2), range(20, 26, 2)
OPEN_SPOILT = unlike(ORDERS, TRANSPORT, number("45067"), MANY_OPEN)[ORDERS][1]
DAY_AND_TIME = {
    "Of_DataCriacao": "44999.25",
    "Of_DataAcabamento": "44999",
    "FaseOf_Inicio": "44999.25",
    "FaseOf_Fim": "44999",
}
EARLY, BEGAN, ENDED = number("44000.5", 1), number("45139.5", 1), number("45100.5", 1)

STILL_TOTALLED = run(
    "a totals row of a free number that stood there before",
    products(61),
    live=Case(GROUP, "a totals row", parts=book(products(60))),
)
STILL_IN_FUTURE = run(
    "every date is seventy years later, and was before",
    factory(
        lambda sheet, row, header: number("77") if header == "FaseOf_Coeficiente" and row == 5 else None,
        later(CENTURY),
    ),
    live=Case(GROUP, "a factory of the next century", parts=book(factory(later(CENTURY)))),
    warnings=IN_FUTURE,
)
STILL_CONTRADICTING = run(
    "most orders end before they were created and did before",
    factory(
        too_early, lambda sheet, row, header: number("77") if header == "FaseOf_Coeficiente" and row == 5 else None
    ),
    live=Case(GROUP, "orders that end too early", parts=book(factory(too_early))),
)

CASES = (
    run("the transports of the open orders are a year later", factory(
        lambda sheet, row, header: number(str(45384 + row), 1) if header == TRANSPORT and row in OPEN_ROWS else None),
        live=WORKING, warnings=CHANGED_ORDERS),
    run("the transports of the open orders are two months later", factory(
        lambda sheet, row, header: number(str(45079 + row), 1) if header == TRANSPORT and row in OPEN_ROWS else None),
        live=WORKING),
    run("every date is seventy years later", factory(later(CENTURY)), implausible(
        "OrdensFabrico: 180 of 180 stamps lie in the future, the latest at 2093-0",
        "FasesOrdemFabrico: 120 of 120", "this machine's clock: ")),
    STILL_IN_FUTURE,
    run("the plans alone lie seventy years ahead", factory(lambda sheet, row, header: later(CENTURY)(
        sheet, row, header) if header in (TRANSPORT, PLANNED) else None)),
    run("a fifth of the dates is seventy years later", factory(in_part(later(CENTURY), 5)), warnings=IN_FUTURE),
    run("most orders end before they were created", factory(too_early), implausible(
        "OrdensFabrico: Of_DataAcabamento is before Of_DataCriacao in 80 of 120 rows")),
    run("a third of the orders ends before it was created, and each stands there twice", orders_twice(
        lambda sheet, row, header: EARLY if header == "Of_DataAcabamento" and not row % 3 else None),
        warnings=CONTRADICTING),
    run("most orders and phases end on the day on which they began, by days alone", factory(
        lambda sheet, row, header: number(DAY_AND_TIME[header], 1) if header in DAY_AND_TIME and row % 3 else None)),
    run("a third of the orders ends before it was created", factory(
        lambda sheet, row, header: EARLY if header == "Of_DataAcabamento" and not row % 3 else None),
        warnings=CONTRADICTING),
    run("a tenth of the orders ends before it was created", factory(
        lambda sheet, row, header: EARLY if header == "Of_DataAcabamento" and not row % 10 else None)),
    run("a first load of exactly a thousand errors", {ERRORS: (range(2, 1002), {})}, warnings=(("ROWS_MISSING", ERRORS),)),
    run("a first load of many phases and no errors", {
        ORDERS: (range(2, 1005), {}), PHASES: (range(2, 1005), {}), ERRORS: ((), {})},
        warnings=(("ROWS_MISSING", ERRORS),)),
    run("a first load of orders of which a quarter has no phase", {
        **factory(), PHASES: (range(32, 122), factory()[PHASES][1])}, warnings=(("ROWS_MISSING", PHASES),)),
    run("most phases end before they began", factory(
        lambda sheet, row, header: {"FaseOf_Inicio": BEGAN, "FaseOf_Fim": ENDED}.get(header) if row % 3 else None),
        implausible("FasesOrdemFabrico: FaseOf_Fim is before FaseOf_Inicio in 80 of 120 rows")),
    run("a totals row of a free number", products(60), implausible(
        "Modelos, row 60: its numbers are the sums of all other rows")),
    run("products without a totals row", products()),
    STILL_TOTALLED,
    STILL_CONTRADICTING,
    run("an eighth of the open orders has a text for its transport", unlike(
        ORDERS, TRANSPORT, UNTIL_SOME_DAY, MANY_OPEN), rejects(
        "OrdensFabrico: 8 of 120 rows are refused", "8 of the 60 open rows are among them"),
        {(ORDERS, row): "INVALID_TYPE" for row in MANY_OPEN}),
    run("an eighth of the open orders has a number for its transport, and an order one for its end", {
        ORDERS: (LONG_ROWS, {**OPEN_SPOILT, 3: {**OPEN_SPOILT[3], "Of_DataAcabamento": number("45067")}})}, rejects(
        "OrdensFabrico: 9 of 120 rows are refused", "8 of the 60 open rows are among them"),
        {(ORDERS, row): "INVALID_TYPE" for row in (3, *MANY_OPEN)}),
    run("a few of the open orders have a text for their transport", unlike(
        ORDERS, TRANSPORT, UNTIL_SOME_DAY, FEW_OPEN), faults={(ORDERS, row): "INVALID_TYPE" for row in FEW_OPEN},
        warned=(ORDERS, PHASES)),
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
