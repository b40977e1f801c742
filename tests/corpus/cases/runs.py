"""Workbooks that are read and would empty the factory, or seem to: refused runs, and runs that only warn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tests.corpus.base import WORKBOOK, text_cell
from tests.corpus.case import READ, REJECTED, Case
from tests.corpus.cases.cells import number
from tests.corpus.cases.factory_changes import (
    ALL,
    ASSIGNED,
    CATALOGUE,
    CREATED,
    ERRORS,
    FAR_AWAY,
    LONG_ROWS,
    NULL,
    ORDERS,
    PEOPLE,
    PHASES,
    PLANNED,
    SERIAL,
    SKILLS,
    YESTERDAY,
    Changes,
    a_day_later,
    again,
    all_of,
    at_work,
    book,
    exchanged,
    extreme,
    factory,
    faulty,
    finished,
    in_part,
    later,
    phases_until,
    rounded,
    twice,
    versions,
    with_orders,
)
from tests.corpus.cases.recording import CELLS_OF, PERSON, RECORDED, corrected, in_sequence, without
from tests.oracle.sheets import SHEETS

GROUP = "Runs that are refused"
BASE = Case(GROUP, "the base workbook")


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


MANY = range(2, 62)
TWICE_AS_LONG = range(2, 242)
CHANGED_PHASES, DOUBLED_ORDERS = (("VALUES_CHANGED", PHASES),), (("ROWS_DOUBLED", ORDERS),)
OLDER_PHASES = (("SHEET_OLDER", PHASES),)


EXTREME = Case(GROUP, "a factory of extremes", parts=book(extreme()))
WORKING = Case(GROUP, "a factory at work", parts=book(factory()))
TWICE = Case(GROUP, "a sheet that stands there twice", parts=book(twice(24)))
STILL_TWICE = run("a sheet without key stands there twice and did before", twice(25), live=TWICE)
LONG = Case(GROUP, "a long live run", parts=book({ORDERS: (LONG_ROWS, {}), PHASES: (LONG_ROWS, {})}))
RECORDING = Case(GROUP, "a factory at work with people and errors", parts=book(RECORDED))
OLD_ROWS = [row for row in LONG_ROWS if row <= 115]
ROWS_BUT_SOME = [row for row in LONG_ROWS if not 50 < row <= 56]
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
ARCHIVED = (3, 5, 7, 9, 11)
"""Rows of the five orders."""


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
        warnings=(*DOUBLED_ORDERS, ("ROWS_MISSING", PHASES))),
    run("every order stands there again under a new number, over a live run",
        with_orders(TWICE_AS_LONG, again(TWICE_AS_LONG[120:])), live=WORKING, warnings=DOUBLED_ORDERS),
    run("new orders without their phases", with_orders(range(2, 142), at_work), live=WORKING, warnings=OLDER_PHASES),
    run("the phases of an older export", phases_until(115), live=WORKING, warnings=OLDER_PHASES),
    *(run(f"the {records} of an older export", {**RECORDED, sheet: (OLD_ROWS, CELLS_OF[sheet])}, live=RECORDING, warnings=(
        ("SHEET_OLDER", sheet),)) for records, sheet in (("assignments", ASSIGNED), ("errors", ERRORS))),
    *(run(f"{records} that were taken back", {**RECORDED, sheet: (ROWS_BUT_SOME, CELLS_OF[sheet])}, live=RECORDING)
        for records, sheet in (("assignments", ASSIGNED), ("errors", ERRORS))),
    run("old orders were archived with all that is theirs", without(ARCHIVED, range(22, 122)), live=RECORDING),
    run("old orders are absent with more than theirs", without(ARCHIVED, range(36, 122)), shrinks(
        "OrdemFabricoErros would lose 14 of 120 keys"), live=RECORDING),
    run("errors are absent without their orders", without((), range(22, 122)), shrinks(
        "OrdemFabricoErros would lose 20 of 120 keys"), live=RECORDING),
    run("a sixth of the errors was corrected", corrected(range(30, 50)), live=RECORDING, warnings=(
        ("VALUES_CHANGED", ERRORS),)),
    run("most of the errors have another severity", corrected(range(30, 98)), implausible(
        "OrdemFabricoErros: 68 of 120 rows of the live run have other values now, the first of them in row 30"),
        live=RECORDING),
    run("a sixth of the errors is of other orders", corrected(range(30, 50), "Erro_OfId"), shrinks(
        "OrdemFabricoErros would lose 20 of 120 keys"), live=RECORDING),
    run("a quarter of the errors got their culprit", corrected(range(30, 90, 2), "Erro_FaseOfCulpada"), live=RECORDING),
    run("a sixth of the assignments is of other people", corrected(range(30, 50), PERSON, ASSIGNED), live=RECORDING,
        warnings=(("VALUES_CHANGED", ASSIGNED),)),
    run("most of the assignments are of other people", corrected(range(30, 98), PERSON, ASSIGNED), implausible(
        "FuncionariosFaseOrdemFabrico: 68 of 120 rows of the live run have other values now"), live=RECORDING),
    run("a sixth of the assignments is of other phases", corrected(range(30, 50), "FuncionarioFaseOf_FaseOfId", ASSIGNED),
        shrinks("FuncionariosFaseOrdemFabrico would lose 20 of 120 keys"), live=RECORDING),
    run("a phase was put before all others", in_sequence(range(2, 123), lambda row: row % 122), live=RECORDING),
    run("the phases are in the opposite sequence", in_sequence(LONG_ROWS, lambda row: 122 - row), implausible(
        "Fases, Fase_Sequencia, row 2: 1 in the live run, 120 now; 120 of 120 values differ"), live=RECORDING),
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
