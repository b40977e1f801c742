"""The data-quality issues as data: issues of single rows, and issues across rows or sheets."""

from __future__ import annotations

from dataclasses import dataclass

LONG_LEAD_TIME_DAYS, LONG_PHASE_DAYS = 365, 3 * 365
"""Given in days, because PostgreSQL takes a month of an interval for 30 days."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One data-quality issue: its condition is SQL over the sheet's row `r` (`:as_of` is the run's)."""

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
        "STAMP_AFTER_EXPORT",
        "greatest(created_at, completed_at) > :as_of",
        "creation or completion after the export",
    ),
    Issue(
        "OrdensFabrico",
        "LONG_LEAD_TIME",
        f"extract(day FROM completed_at - created_at) > {LONG_LEAD_TIME_DAYS}",
        f"lead time over {LONG_LEAD_TIME_DAYS} days",
    ),
    Issue(
        "OrdensFabrico",
        "CREATED_OFF_MIDNIGHT",
        "created_at <> date_trunc('day', created_at)",
        "creation at a time other than midnight",
    ),
    Issue("FasesOrdemFabrico", "PHASE_NOT_FINISHED", "finished_at IS NULL", "open phases: the shop floor"),
    Issue(
        "FasesOrdemFabrico",
        "STAMP_AFTER_EXPORT",
        "greatest(started_at, finished_at) > :as_of",
        "start or end after the export",
    ),
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
        f"extract(day FROM finished_at - started_at) > {LONG_PHASE_DAYS}",
        f"phase lasts over {LONG_PHASE_DAYS:,} days (three years)",
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
"""Issues that are found in a single row."""

CROSS_ISSUES: tuple[tuple[tuple[Issue, ...], str], ...] = (
    (
        (Issue("FasesOrdemFabrico", "OPEN_PHASE_OF_COMPLETED_ORDER", "", "open phases of completed work orders"),),
        "SELECT count(*) FROM {FasesOrdemFabrico} AS p JOIN {OrdensFabrico} AS o USING (work_order_id)"
        " WHERE p.finished_at IS NULL AND o.completed_at IS NOT NULL",
    ),
    (
        (Issue("OrdensFabrico", "ORDER_ELSEWHERE", "", "open work orders whose work is at another phase than theirs"),),
        "SELECT count(*) FROM (SELECT FROM {OrdensFabrico} AS o JOIN {FasesOrdemFabrico} AS p USING (work_order_id)"
        " WHERE o.completed_at IS NULL AND p.finished_at IS NULL GROUP BY o.work_order_id, o.phase_id"
        " HAVING NOT CASE WHEN bool_or(p.started_at IS NOT NULL)"
        " THEN bool_or(p.started_at IS NOT NULL AND p.phase_id = o.phase_id)"
        " ELSE (array_agg(p.phase_id ORDER BY p.sequence, p.order_phase_id))[1] = o.phase_id END) AS elsewhere",
    ),
    (
        (
            Issue(_ASSIGNMENTS, "PHASE_WITHOUT_CHIEF", "", "phases whose people have no chief among them"),
            Issue(_ASSIGNMENTS, "PHASE_WITH_SEVERAL_CHIEFS", "", "phases with more than one chief"),
        ),
        "SELECT count(*) FILTER (WHERE chiefs = 0), count(*) FILTER (WHERE chiefs > 1) FROM"
        " (SELECT sum(CAST(is_chief AS integer)) AS chiefs FROM {FuncionariosFaseOrdemFabrico}"
        " GROUP BY order_phase_id) AS phase",
    ),
    (
        (Issue(_ASSIGNMENTS, "ASSIGNED_INACTIVE_PERSON", "", "assignments of people who are inactive now"),),
        "SELECT count(*) FROM {FuncionariosFaseOrdemFabrico} JOIN {Funcionarios} AS e USING (employee_id)"
        " WHERE NOT e.is_active",
    ),
    (
        (Issue("FasesStandardModelos", "REPEATED_PRODUCT_PHASE", "", "rows that repeat a product's phase"),),
        "SELECT count(*) - count(DISTINCT (product_id, phase_id)) FROM {FasesStandardModelos}",
    ),
    (
        (Issue("FasesStandardModelos", "SEQUENCE_WITH_GAPS", "", "products whose route sequence has gaps"),),
        "SELECT count(*) FROM (SELECT max(sequence) - min(sequence) + 1 > count(DISTINCT sequence) AS gaps"
        " FROM {FasesStandardModelos} GROUP BY product_id) AS product WHERE gaps",
    ),
    (
        (Issue("Fases", "PHASE_NEVER_OF_AN_ORDER", "", "phases that are no work order's current phase"),),
        "SELECT count(*) FROM {Fases} AS p"
        " WHERE NOT EXISTS (SELECT FROM {OrdensFabrico} AS o WHERE o.phase_id = p.phase_id)",
    ),
)
"""Issues across rows or sheets, each with a statement that counts its rows (see `ready_after`)."""
