"""Workbooks that are read and would empty the factory, or seem to: what refuses the run, and what only warns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tests.corpus.base import PART_OF, ROWS, sheet_xml, text_cell
from tests.corpus.case import READ, REJECTED, Case
from tests.corpus.cases.cells import number
from tests.oracle.workbook import SHEETS

GROUP = "Runs that are refused"
ORDERS, PHASES, PEOPLE, SKILLS, CATALOGUE = (
    "OrdensFabrico",
    "FasesOrdemFabrico",
    "Funcionarios",
    "FuncionariosFasesAptos",
    "Fases",
)
ERRORS, ASSIGNED = "OrdemFabricoErros", "FuncionariosFaseOrdemFabrico"
CREATED, PLANNED = "Of_DataCriacao", "FaseOf_DataPrevista"
ALL = range(2, ROWS + 2)
NULL = '<c r="{at}" t="s"><v>1</v></c>'
YESTERDAY, SERIAL, FAR_AWAY = text_cell("ontem"), number("45067"), number("99999", 1)
BASE = Case(GROUP, "the base workbook")
Changes = Mapping[str, tuple[Iterable[int], Mapping[int, Mapping[str, str]]]]


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
        live=live,
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


MANY = range(2, 62)
LONG = Case(GROUP, "a long live run", parts=book({ORDERS: (range(2, 122), {}), PHASES: (range(2, 122), {})}))
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
    run("a column that never had a value", {PHASES: (ALL, faulty(ALL, "FaseOf_Fim", NULL))}),
    run("an export older than the live one", {ORDERS: (BEFORE, NONE), PHASES: (BEFORE, NONE)}, (
        "OLDER_REFUSED", "it ends at 2023-03-26 06:00, the live run at 2023-03-27 06:00", "--allow-older"), live=BASE),
    run("what is new is refused",
        {ORDERS: (range(2, 126), faulty([124], CREATED, YESTERDAY)), PHASES: (range(2, 122), NONE)},
        faults={(ORDERS, 124): "INVALID_TYPE"}, warned=(ORDERS,), live=LONG),
)  # fmt: skip
