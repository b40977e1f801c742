"""Everything odd that is kept: counted per run as data-quality issues, never rejected.

Each sheet is scanned once for its own issues, and each judgement across sheets is one aggregate. Kept rows only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.ingestion.extraction import Extracted
from app.ingestion.tables import RunTables
from app.workbook.contract import SHEET_BY_NAME, SHEETS

LONG_LEAD_TIME_DAYS = 365
LONG_PHASE_YEARS = 3


@dataclass(frozen=True, slots=True)
class Issue:
    """One kind of oddity: what its rows have in common, as SQL over the sheet's row `r` (`:as_of` is the run's)."""

    sheet: str
    code: str
    condition: str
    detail: str


_ASSIGNMENTS = "FuncionariosFaseOrdemFabrico"

ROW_ISSUES: tuple[Issue, ...] = (
    Issue("OrdensFabrico", "ORDER_NOT_COMPLETED", "completed_at IS NULL", "work orders without completion"),
    Issue("OrdensFabrico", "ORDER_WITHOUT_TRANSPORT", "transport_at IS NULL", "work orders without transport date"),
    Issue("OrdensFabrico", "COMPLETED_BEFORE_CREATED", "completed_at < created_at", "completion before creation"),
    Issue("OrdensFabrico", "TRANSPORT_BEFORE_CREATED", "transport_at < created_at", "transport before creation"),
    Issue("OrdensFabrico", "TRANSPORT_IN_FUTURE", "transport_at > :as_of", "transport after the run's as_of"),
    Issue(
        "OrdensFabrico",
        "LONG_LEAD_TIME",
        f"completed_at - created_at > interval '{LONG_LEAD_TIME_DAYS} days'",
        f"lead time over {LONG_LEAD_TIME_DAYS} days",
    ),
    Issue(
        "OrdensFabrico",
        "CREATED_OFF_MIDNIGHT",
        "created_at <> date_trunc('day', created_at)",
        "creation at a time other than midnight",
    ),
    Issue("FasesOrdemFabrico", "PHASE_NOT_FINISHED", "finished_at IS NULL", "open phases: the shop floor"),
    Issue("FasesOrdemFabrico", "PHASE_NOT_STARTED", "started_at IS NULL", "phases without start"),
    Issue(
        "FasesOrdemFabrico",
        "FINISHED_WITHOUT_START",
        "finished_at IS NOT NULL AND started_at IS NULL",
        "phases that end without having started",
    ),
    Issue("FasesOrdemFabrico", "FINISHED_BEFORE_STARTED", "finished_at < started_at", "phase ends before its start"),
    Issue(
        "FasesOrdemFabrico",
        "LONG_PHASE",
        f"finished_at - started_at > interval '{LONG_PHASE_YEARS} years'",
        f"phase lasts over {LONG_PHASE_YEARS} years",
    ),
    Issue("FasesOrdemFabrico", "ZERO_WEIGHT", "weight_kg = 0", "phases with weight 0"),
    Issue("FasesOrdemFabrico", "SHIFT_UNKNOWN", "shift IS NULL", "phases without shift"),
    Issue("FasesOrdemFabrico", "PLANNED_DATE_UNKNOWN", "planned_on IS NULL", "phases without planned date"),
    Issue("OrdemFabricoErros", "CULPRIT_UNKNOWN", "culprit_order_phase_id IS NULL", "errors without culprit phase"),
    Issue(
        "OrdemFabricoErros",
        "CULPRIT_AFTER_JUDGE",
        "culprit_order_phase_id > evaluation_order_phase_id",
        "culprit phase has a later id than the phase that judged",
    ),
    Issue(
        "OrdemFabricoErros",
        "CULPRIT_IS_JUDGE",
        "culprit_order_phase_id = evaluation_order_phase_id",
        "culprit phase is the phase that judged",
    ),
    Issue(
        "OrdemFabricoErros",
        "REPEATED_ERROR",
        "occurrence > 1",
        "error rows identical to another one, kept as events of their own",
    ),
    Issue("Funcionarios", "NAME_WITH_ODD_BLANKS", "name <> btrim(name) OR name LIKE '%  %'", "names with odd blanks"),
    Issue("Funcionarios", "MARKED_AS_LEFT", "name LIKE 'z) %'", "people marked by the prefix `z) `"),
    Issue("Funcionarios", "LEFT_BUT_ACTIVE", "name LIKE 'z) %' AND is_active", "marked as left, yet active"),
    Issue("FuncionariosFasesAptos", "QUALIFICATION_UNDATED", "qualified_at IS NULL", "qualifications without date"),
    Issue("Modelos", "WEIGHTS_ZERO", "demould_weight_kg = 0 AND finished_weight_kg = 0", "both weights are zero"),
    Issue(
        "Modelos",
        "FINISHED_LIGHTER",
        "finished_weight_kg < demould_weight_kg AND finished_weight_kg > 0",
        "finished lighter than demoulded, both weights known",
    ),
    Issue("Modelos", "NAME_WITH_ODD_BLANKS", "name <> btrim(name) OR name LIKE '%  %'", "names with odd blanks"),
    Issue("FasesStandardModelos", "HIGH_COEFFICIENT", "coefficient >= 24", "Coeficiente of 24 or more"),
    Issue("FasesStandardModelos", "HIGH_COEFFICIENT_X", "coefficient_x >= 18", "CoeficienteX of 18 or more"),
)
"""Issues that one row shows by itself."""


def sheet_statement(sheet_name: str, tables: RunTables) -> str:
    """One scan of the sheet's partition: a count for each of its row issues, in their order."""
    counts = ", ".join(
        f"count(*) FILTER (WHERE {issue.condition})" for issue in ROW_ISSUES if issue.sheet == sheet_name
    )
    return f"SELECT {counts} FROM {tables.partition(SHEET_BY_NAME[sheet_name])} AS r"


def cross_statements(tables: RunTables) -> tuple[tuple[tuple[Issue, ...], str], ...]:
    """Issues that show only across rows or sheets: each statement counts the rows of its issues, in their order."""
    orders, phases, assignments, employees, routes, phase_catalogue = (
        tables.partition(SHEET_BY_NAME[name])
        for name in (
            "OrdensFabrico",
            "FasesOrdemFabrico",
            _ASSIGNMENTS,
            "Funcionarios",
            "FasesStandardModelos",
            "Fases",
        )
    )
    return (
        (
            (Issue("FasesOrdemFabrico", "OPEN_PHASE_OF_COMPLETED_ORDER", "", "open phases of completed work orders"),),
            f"SELECT count(*) FROM {phases} AS p JOIN {orders} AS o USING (work_order_id)"
            " WHERE p.finished_at IS NULL AND o.completed_at IS NOT NULL",
        ),
        (
            (
                Issue(_ASSIGNMENTS, "PHASE_WITHOUT_CHIEF", "", "phases whose people have no chief among them"),
                Issue(_ASSIGNMENTS, "PHASE_WITH_SEVERAL_CHIEFS", "", "phases with more than one chief"),
            ),
            "SELECT count(*) FILTER (WHERE chiefs = 0), count(*) FILTER (WHERE chiefs > 1) FROM"
            f" (SELECT sum(CAST(is_chief AS integer)) AS chiefs FROM {assignments} GROUP BY order_phase_id) AS phase",
        ),
        (
            (Issue(_ASSIGNMENTS, "ASSIGNED_INACTIVE_PERSON", "", "assignments of people who are inactive now"),),
            f"SELECT count(*) FROM {assignments} JOIN {employees} AS e USING (employee_id) WHERE NOT e.is_active",
        ),
        (
            (Issue("FasesStandardModelos", "REPEATED_PRODUCT_PHASE", "", "rows that repeat a product's phase"),),
            f"SELECT count(*) - count(DISTINCT (product_id, phase_id)) FROM {routes}",
        ),
        (
            (Issue("FasesStandardModelos", "SEQUENCE_WITH_GAPS", "", "products whose route sequence has gaps"),),
            "SELECT count(*) FROM (SELECT max(sequence) - min(sequence) + 1 > count(DISTINCT sequence) AS gaps"
            f" FROM {routes} GROUP BY product_id) AS product WHERE gaps",
        ),
        (
            (Issue("Fases", "PHASE_NEVER_OF_AN_ORDER", "", "phases that are no work order's current phase"),),
            f"SELECT count(*) FROM {phase_catalogue} AS p"
            f" WHERE NOT EXISTS (SELECT FROM {orders} AS o WHERE o.phase_id = p.phase_id)",
        ),
    )


CELL_NOTES = {
    "TEXT_NUMBER": "numbers stored as text",
    "EMPTY_CELL": "nulls that are empty cells instead of the text NULL",
    "BOOLEAN_FLAG": "flags stored as TRUE or FALSE",
}
"""Cells that were stored oddly and kept unchanged, by the reader's code."""


def cell_issues(extracted: Iterable[Extracted]) -> Iterator[tuple[Issue, int]]:
    """The reader's notes, one issue for each sheet and code; the detail says how many cells of which column."""
    for sheet in extracted:
        for code in sorted({code for _, code in sheet.notes}):
            cells = {header: count for (header, other), count in sorted(sheet.notes.items()) if other == code}
            columns = ", ".join(f"{header} {count}" for header, count in cells.items())
            yield Issue(sheet.sheet, code, "", f"{CELL_NOTES[code]}: {columns}"), sum(cells.values())


def count_issues(
    connection: sa.Connection, tables: RunTables, as_of: dt.datetime | None, extracted: Iterable[Extracted]
) -> tuple[dict[str, Any], ...]:
    """Count every issue, keep those that occur in audit.data_quality_issues, and return them."""
    found = list(cell_issues(extracted))
    for sheet in SHEETS:
        own = [issue for issue in ROW_ISSUES if issue.sheet == sheet.name]
        if own:
            counts = connection.execute(sa.text(sheet_statement(sheet.name, tables)), {"as_of": as_of}).one()
            found += zip(own, counts, strict=True)
    for issues, statement in cross_statements(tables):
        found += zip(issues, connection.exec_driver_sql(statement).one(), strict=True)
    records = tuple(
        {"sheet": issue.sheet, "code": issue.code, "row_count": count, "detail": issue.detail}
        for issue, count in found
        if count
    )
    if records:
        connection.execute(
            sa.text(
                "INSERT INTO audit.data_quality_issues (run_id, sheet, code, row_count, detail)"
                " VALUES (:run_id, :sheet, :code, :row_count, :detail)"
            ),
            [{"run_id": tables.run_id, **record} for record in records],
        )
    return records
