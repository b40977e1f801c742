"""Workbooks that are read and would empty the factory, or seem to: what refuses the run, and what only warns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from tests.corpus.base import PART_OF, ROWS, WORKBOOK, sheet_xml, sound_cell, text_cell
from tests.corpus.case import READ, REJECTED, Case
from tests.corpus.cases.cells import number
from tests.oracle.workbook import DAY, SHEETS, TIME

GROUP = "Runs that are refused"
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
BASE = Case(GROUP, "the base workbook")
Changes = Mapping[str, tuple[Iterable[int], Mapping[int, Mapping[str, str]]]]
Change = Callable[[str, int, str], str | None]
"""Gives the new cell for a sheet, row and header, or None if it does not change."""


def book(changes: Changes) -> dict[str, str | bytes | None]:
    """Sheets of these row numbers and changed cells."""
    return {PART_OF[sheet]: sheet_xml(sheet, changed, numbers) for sheet, (numbers, changed) in changes.items()}


def faulty(rows: Iterable[int], header: str, cell: str) -> dict[int, dict[str, str]]:
    """One cell in each of these rows."""
    return {row: {header: cell} for row in rows}


def run(
    name: str,
    changes: Changes,
    refuses: tuple[str, ...] = (),
    faults: Mapping[tuple[str, int], str] | None = None,
    warned: tuple[str, ...] = (),
    live: Case | None = None,
    edits: tuple[tuple[str, str, str], ...] = (),
    warnings: tuple[tuple[str, str], ...] = (),
) -> Case:
    """A case whose sheets are read. refuses: code and parts of the sentence. faults: codes of rows with faulty cells."""
    code, *says = refuses or ("",)
    return Case(
        GROUP,
        name,
        REJECTED if faults else READ,
        rows=faults or {},
        parts=book(changes),
        run=code,
        run_says=tuple(says),
        warned=warned,
        warnings=warnings,
        live=live,
        edits=edits,
    )


def spoilt(
    name: str,
    rows: Iterable[int],
    cell: str,
    refuses: tuple[str, ...] = (),
    warned: tuple[str, ...] = (),
    header: str = CREATED,
    code: str = "INVALID_TYPE",
) -> Case:
    """Orders of which these rows have a faulty cell."""
    rows = list(rows)
    faults = {(ORDERS, row): code for row in rows}
    return run(name, {ORDERS: (ALL, faulty(rows, header, cell))}, refuses, faults, warned)


def versions(rows: Iterable[int]) -> dict[int, dict[str, str]]:
    """These rows are the people of twelve rows before, under another name."""
    return {row: {"Funcionario_Id": number(str(row - 13)), "Funcionario_Nome": text_cell("y")} for row in rows}


def rejects(*says: str) -> tuple[str, ...]:
    """Refused for its rejects."""
    return ("REJECTS_REFUSED", *says, "--allow-rejects")


def shrinks(*says: str, option: str = "--allow-shrink") -> tuple[str, ...]:
    """Refused for what would disappear."""
    return ("SHRINK_REFUSED", *says, option)


def empty(*says: str) -> tuple[str, ...]:
    """Refused for what is not there."""
    return ("EMPTY_REFUSED", *says, "--allow-empty")


def implausible(*says: str) -> tuple[str, ...]:
    """Refused because history has changed."""
    return ("IMPLAUSIBLE_REFUSED", *says, "--allow-implausible")


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
    """Every date and time so many days later."""

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
        return number("45200" if header == "Of_DataTransporte" else "5", 1 if header == "Of_DataTransporte" else 0)
    if row % 20 == 2 and header in ("FaseOf_Fim", "Of_DataAcabamento"):
        return number("45130.5", 1)
    return number("9.5") if row % 20 == 3 and header in ("FaseOf_Peso", "FaseOf_Coeficiente") else None


def finished(sheet: str, row: int, header: str) -> str | None:
    """Every open order and phase has an end."""
    return number("45140.5", 1) if header in ("Of_DataAcabamento", "FaseOf_Fim") and row % 2 == 0 else None


def rounded(sheet: str, row: int, header: str) -> str | None:
    """Numbers and times written with fewer digits, as other programs do."""
    n = row - 1
    if header == "FaseOf_Peso" and n % 4 == 0:
        return number(f"{100 + n}.50000000000003")
    return number(f"{45000 + n}.250001", 1) if header == CREATED else None


def in_part(change: Change, one_in: int) -> Change:
    """The change in every so-manieth row."""
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


MANY = range(2, 62)
LONG_ROWS = range(2, 122)
TWICE_AS_LONG = range(2, 242)
CHANGED_PHASES, DOUBLED_ORDERS = (("VALUES_CHANGED", PHASES),), (("ROWS_DOUBLED", ORDERS),)
OLDER_PHASES = (("SHEET_OLDER", PHASES),)
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


EXTREME = Case(GROUP, "a factory of extremes", parts=book(extreme()))
WORKING = Case(GROUP, "a factory at work", parts=book(factory()))
TWICE = Case(GROUP, "a sheet that stands there twice", parts=book(twice(24)))
STILL_TWICE = run("a sheet without key stands there twice and did before", twice(25), live=TWICE)
"""A profile, which knows no live run, expects its refusal."""
LONG = Case(GROUP, "a long live run", parts=book({ORDERS: (LONG_ROWS, {}), PHASES: (LONG_ROWS, {})}))
FEW = [row for row in ALL if row not in (3, 5)]
BUT_ONE = [row for row in ALL if row != 6]
BEFORE = [row for row in ALL if row != 13]
FEWER = [row for row in MANY if row not in (7, 9)]
NONE: dict[int, dict[str, str]] = {}
NOTHING: Changes = dict.fromkeys(SHEETS, ((), NONE))
SPARSE = {row: {PLANNED: SERIAL if row in (4, 9) else NULL} for row in range(2, 42)}
TWO = {(ORDERS, 3): "INVALID_TYPE", (ORDERS, 5): "INVALID_TYPE"}
TWO_OF_MANY: Changes = {ORDERS: (MANY, faulty([3, 5], CREATED, YESTERDAY)), PHASES: (MANY, NONE)}
TWO_OF_FEWER: Changes = {ORDERS: (FEWER, faulty([3, 5], CREATED, YESTERDAY)), PHASES: (FEWER, NONE)}
CASES = (
    spoilt("one order of twelve has a text for a date", [3], YESTERDAY, warned=(ORDERS, PHASES)),
    spoilt("two orders of twelve have a text for a date", [3, 5], YESTERDAY, rejects(
        "OrdensFabrico: 2 of 12 rows are refused: Of_DataCriacao, row 3: a text of 5 characters",
        "FasesOrdemFabrico: 2 of 12 rows", "because their order was refused (2 of 12 orders)")),
    spoilt("two orders of twelve have no number", [4, 6], NULL, rejects("Of_Id, row 4"), (), "Of_Id", "NULL_KEY"),
    spoilt("two orders of twelve have a date far away", [4, 6], FAR_AWAY, rejects("row 4: 2173-10-13", "correct"),
           code="OUT_OF_RANGE"),
    spoilt("a column of dates lost its format", ALL, SERIAL, rejects(
        "Of_DataCriacao, row 2: 45067 is a number, not a date; 12 of 12 rows; format the column as a date")),
    spoilt("a column of dates holds texts", ALL, text_cell("06/05/2024"), rejects(
        "Of_DataCriacao, row 2: '06/05/2024' is a text", "Text to Columns")),
    spoilt("a column of formulas without values", ALL, '<c r="{at}"><f>TODAY()</f></c>', rejects(
        "12 of 12 rows", "let it calculate")),
    run("every value of a sparse column is wrong", {ORDERS: (range(2, 42), NONE), PHASES: (range(2, 42), SPARSE)},
        rejects("FaseOf_DataPrevista, row 4: 45067 is a number"),
        {(PHASES, 4): "INVALID_TYPE", (PHASES, 9): "INVALID_TYPE"}),
    run("one value of a sparse column is wrong",
        {ORDERS: (range(2, 142), NONE), PHASES: (range(2, 142), faulty([5], PLANNED, SERIAL))},
        faults={(PHASES, 5): "INVALID_TYPE"}),
    run("orders that are not in the workbook", {ORDERS: (FEW, NONE)}, rejects(
        "FasesOrdemFabrico: 2 of 12 rows", "because their order is not in the workbook (2 of 12 orders)")),
    run("orders refused and orders absent", {ORDERS: (FEW, faulty([4], CREATED, YESTERDAY))}, rejects(
        "was refused (1) or is not in the workbook (2) (3 of 12 orders)"), {(ORDERS, 4): "INVALID_TYPE"}),
    run("most rows are identical repeats",
        {PEOPLE: (range(2, 40, 2), faulty(range(4, 40, 2), "Funcionario_Id", number("1")))}),
    run("half of the rows have one key and other content",
        {PEOPLE: (range(2, 40), faulty(range(22, 40), "Funcionario_Id", number("1")))}, warned=(PEOPLE,)),
    run("most rows but identical repeats have one key and other content",
        {PEOPLE: (range(2, 40), faulty(range(14, 40), "Funcionario_Id", number("1")))}, rejects(
            "Funcionarios: 14 of 38 rows are refused: 14 rows, from row 2, for a key that another row has",
            "(Funcionario_Id 1: 14 rows)")),
    run("every person stands in two versions", {PEOPLE: (range(2, 26), versions(range(14, 26)))}, rejects(
        "Funcionarios: 12 of 24 rows are refused", "12 keys have several versions")),
    run("half of the people stand in two versions", {PEOPLE: (range(2, 20), versions(range(14, 20)))}, warned=(PEOPLE,)),
    run("every row has one key of two columns", {SKILLS: (
        ALL, {row: {"FuncionarioFase_FuncionarioId": number("1"), "FuncionarioFase_FaseId": number("1")} for row in ALL})},
        rejects("(FuncionarioFase_FuncionarioId 1, FuncionarioFase_FaseId 1: 11 rows)")),
    run("no order and no phase", {ORDERS: ((), NONE), PHASES: ((), NONE)}, empty(ORDERS, "has no rows")),
    run("orders without a phase", dict.fromkeys((PHASES, ERRORS, ASSIGNED), ((), NONE)), empty(
        "Sheet FasesOrdemFabrico has no rows, so nothing is or was on the shop floor")),
    run("no phases in the catalogue", {CATALOGUE: ((), NONE)}, empty("Sheet Fases has no rows, though")),
    run("no row anywhere", NOTHING, empty("so there is no order")),
    run("no row anywhere, over a live run", NOTHING, shrinks("OrdensFabrico would lose 12 of 12 keys"), live=BASE),
    run("a tenth of the live orders is absent", {ORDERS: (FEW, NONE), PHASES: (FEW, NONE)}, shrinks(
        "OrdensFabrico would lose 2 of 12 keys; FasesOrdemFabrico would lose 2 of 12 keys"), live=BASE),
    run("one live order is absent", {ORDERS: (BUT_ONE, NONE), PHASES: (BUT_ONE, NONE)}, live=BASE),
    run("live orders are in refused rows", TWO_OF_MANY, shrinks(
        "would lose 2 of 12 keys, 0 absent from the workbook and 2 in refused rows (OrdensFabrico",
        "Of_DataCriacao, row 3", option="--allow-rejects"), TWO, live=BASE),
    run("live orders are absent and in refused rows", TWO_OF_FEWER, shrinks(
        "would lose 4 of 12 keys, 2 absent from the workbook and 2 in refused rows"), TWO, live=BASE),
    run("a column that lost every value", {PHASES: (ALL, faulty(ALL, "FaseOf_Fim", NULL))}, shrinks(
        "no row has a value in FasesOrdemFabrico.FaseOf_Fim"), live=BASE),
    run("a column that lost all but a few values",
        {ORDERS: (range(2, 122), NONE), PHASES: (range(2, 122), faulty(range(8, 122), "FaseOf_Fim", NULL))}, shrinks(
            "FasesOrdemFabrico.FaseOf_Fim has 3 values, in the live run 60"), live=LONG),
    run("every open order and phase has an end", factory(finished), shrinks(
        "no row of OrdensFabrico without Of_DataAcabamento, in the live run 60;"
        " no row of FasesOrdemFabrico without FaseOf_Fim, in the live run 60"), live=WORKING),
    run("a column that never had a value", {PHASES: (ALL, faulty(ALL, "FaseOf_Fim", NULL))}),
    run("an export older than the live one", {ORDERS: (BEFORE, NONE), PHASES: (BEFORE, NONE)}, (
        "OLDER_REFUSED", "it ends at 2023-03-26 06:00, the live run at 2023-03-27 06:00", "--allow-older"), live=BASE),
    run("what is new is refused",
        {ORDERS: (range(2, 126), faulty([124], CREATED, YESTERDAY)), PHASES: (range(2, 122), NONE)},
        faults={(ORDERS, 124): "INVALID_TYPE"}, warned=(ORDERS,), live=LONG),
    run("two columns of dates are exchanged", factory(exchanged(CREATED, "Of_DataTransporte")), implausible(
        "OrdensFabrico, Of_DataCriacao, row 2: 2023-03-16 06:00 in the live run, 2023-04-05 00:00 now;"
        " 120 of 120 values differ", "as in OrdensFabrico.Of_DataTransporte"), live=WORKING),
    run("a weight and a factor are exchanged", factory(exchanged("FaseOf_Peso", "FaseOf_Coeficiente")), implausible(
        "FasesOrdemFabrico, FaseOf_Coeficiente, row 2: 1.5 in the live run, 0 now; 120 of 120"), live=WORKING),
    run("every time is an hour later", factory(later(1 / 24)), implausible(
        "Of_DataCriacao, row 2: 2023-03-16 06:00 in the live run, 2023-03-16 07:00 now"), live=WORKING),
    run("every date is a day later", factory(later(1)), implausible("2023-03-17 06:00 now"), live=WORKING),
    run("every date is counted from 1904", factory(), implausible("2027-03-17 06:00 now"), live=WORKING,
        edits=((WORKBOOK, "<workbookPr/>", '<workbookPr date1904="1"/>'),)),
    run("every date is counted from 1900 and was from 1904", factory(later(-1462)), implausible(
        "2019-03-15 06:00 now"), live=WORKING),
    run("every weight is 0", factory(all_of("FaseOf_Peso", lambda n: number("0"))), implausible(
        "FasesOrdemFabrico, FaseOf_Peso, row 5: 104.5 in the live run, 0 now; 30 of 30 values differ"), live=WORKING),
    run("every weight is in grams", factory(all_of(
        "FaseOf_Peso", lambda n: number("0" if n % 4 else f"{100 + n}500"))), implausible("104500 now"), live=WORKING),
    run("every phase is another one", factory(all_of("FaseOf_FaseId", lambda n: number(str(8 + n % 7)))), implausible(
        "FaseOf_FaseId, row 2: 2 in the live run, 9 now"), live=WORKING),
    run("every flag is turned round", factory(all_of("FaseOf_Retorno", lambda n: number(str(1 - n % 2)))), implausible(
        "FaseOf_Retorno, row 2: 1 in the live run, 0 now; 60 of 60"), live=WORKING),
    run("every flag is set", factory(all_of("FaseOf_Retorno", lambda n: number("1"))), implausible(
        "FaseOf_Retorno, row 3: 0 in the live run, 1 now; 60 of 60"), live=WORKING),
    run("the numbers of the orders are dealt anew", factory(all_of("Of_Id", lambda n: number(str(121 - n)))),
        implausible("Of_DataCriacao, row 2: 2023-07-13 06:00 in the live run, 2023-03-16 06:00 now"), live=WORKING),
    run("a sheet without key stands there twice", twice(24), implausible(
        "OrdemFabricoErros: 24 of 24 different rows stand there more than once (rows 2 and 26 are the same)")),
    run("a sheet without key stands there twice, over a live run", twice(24), implausible("24 of 24"), live=BASE),
    STILL_TWICE,
    run("few events, each of which stands there twice", twice(10)),
    run("a fifth of the weights is in grams", factory(in_part(all_of(
        "FaseOf_Peso", lambda n: number("0" if n % 4 else f"{100 + n}500")), 5)), live=WORKING, warnings=CHANGED_PHASES),
    run("some of the factors are sixty times as large", factory(lambda sheet, row, header: number(f"{(row - 1) * 60}.5")
        if header == "FaseOf_Coeficiente" and row % 20 < 9 else None), live=WORKING, warnings=CHANGED_PHASES),
    run("a fifth of the times is an hour later", factory(in_part(later(1 / 24), 5)), live=WORKING,
        warnings=(("VALUES_CHANGED", ORDERS), *CHANGED_PHASES)),
    run("a fifth of the ends is missing", factory(in_part(all_of("FaseOf_Fim", lambda n: NULL), 5)), live=WORKING,
        warnings=CHANGED_PHASES),
    run("every order stands there again under a new number", with_orders(TWICE_AS_LONG, again(TWICE_AS_LONG[120:])),
        warnings=DOUBLED_ORDERS),
    run("every order stands there again under a new number, over a live run",
        with_orders(TWICE_AS_LONG, again(TWICE_AS_LONG[120:])), live=WORKING, warnings=DOUBLED_ORDERS),
    run("new orders without their phases", with_orders(range(2, 142), at_work), live=WORKING, warnings=OLDER_PHASES),
    run("the phases of an older export", phases_until(115), live=WORKING, warnings=OLDER_PHASES),
    run("a first load with nothing open", factory(finished), warnings=(
        ("OPEN_WORK_MISSING", ORDERS), ("OPEN_WORK_MISSING", PHASES))),
    run("every open order has an end, and seven are refused", factory(finished, in_part(all_of(
        "Of_FaseId", lambda n: text_cell("x")), 17)), shrinks("no row of OrdensFabrico without Of_DataAcabamento"),
        {(ORDERS, row): "INVALID_TYPE" for row in (2, 3, 68, 69, 70, 71)}, live=WORKING),
    run("a truthful export of the next month", {
        **with_orders(range(2, 126), a_day_later), PHASES: (range(2, 126), factory(a_day_later)[PHASES][1])}, live=WORKING),
    run("numbers at the ends of what a column holds", extreme(a_day_later), live=EXTREME),
    run("a truthful export of the next day", factory(a_day_later), live=WORKING),
    run("an export written with fewer digits", factory(rounded), live=WORKING),
)  # fmt: skip
