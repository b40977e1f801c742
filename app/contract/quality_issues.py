"""The data-quality issues: oddities of rows that are kept, with their thresholds. Pure data.

The ingestion counts each in SQL (app/ingestion/reports/issues.py), the profile in Python
(app/workbook/profile/faults). The profile also counts faults of its own, declared there.
The warnings, below, are issues of a whole sheet: a run is published with them, and every answer about it shows them.
"""

from __future__ import annotations

from dataclasses import dataclass

LONG_LEAD_TIME_DAYS, LONG_PHASE_DAYS = 365, 3 * 365
"""Whole days: a lead time of 365 days and some hours does not exceed 365 days."""
HIGH_COEFFICIENT, HIGH_COEFFICIENT_X = 24, 18
MARK_OF_LEAVERS = "z) "
"""Prefix of the names of people who have left."""


@dataclass(frozen=True, slots=True)
class QualityIssue:
    """A kind of oddity in the rows of one sheet, by a stable code, and in a few words."""

    sheet: str
    code: str
    words: str


_ORDERS, _PHASES, _ERRORS = "OrdensFabrico", "FasesOrdemFabrico", "OrdemFabricoErros"
_WORK, _PEOPLE, _SKILLS = "FuncionariosFaseOrdemFabrico", "Funcionarios", "FuncionariosFasesAptos"
_PRODUCTS, _ROUTES = "Modelos", "FasesStandardModelos"

ORDER_NOT_COMPLETED = QualityIssue(_ORDERS, "ORDER_NOT_COMPLETED", "work orders without completion")
ORDER_WITHOUT_TRANSPORT = QualityIssue(_ORDERS, "ORDER_WITHOUT_TRANSPORT", "work orders without transport date")
COMPLETED_BEFORE_CREATED = QualityIssue(_ORDERS, "COMPLETED_BEFORE_CREATED", "completion before creation")
TRANSPORT_BEFORE_CREATED = QualityIssue(_ORDERS, "TRANSPORT_BEFORE_CREATED", "transport before creation")
TRANSPORT_IN_FUTURE = QualityIssue(_ORDERS, "TRANSPORT_IN_FUTURE", "transport after the run's as_of")
ORDER_AFTER_EXPORT = QualityIssue(
    _ORDERS, "STAMP_AFTER_EXPORT", "creation or completion after the export, or long after all others"
)
LONG_LEAD_TIME = QualityIssue(_ORDERS, "LONG_LEAD_TIME", f"lead time over {LONG_LEAD_TIME_DAYS} days")
CREATED_OFF_MIDNIGHT = QualityIssue(_ORDERS, "CREATED_OFF_MIDNIGHT", "creation at a time other than midnight")
ORDER_ELSEWHERE = QualityIssue(
    _ORDERS, "ORDER_ELSEWHERE", "open work orders whose work is at another phase than theirs"
)
PHASE_NOT_FINISHED = QualityIssue(_PHASES, "PHASE_NOT_FINISHED", "open phases: the shop floor")
PHASE_AFTER_EXPORT = QualityIssue(
    _PHASES, "STAMP_AFTER_EXPORT", "start or end after the export, or long after all others"
)
PHASE_NOT_STARTED = QualityIssue(_PHASES, "PHASE_NOT_STARTED", "phases without start")
FINISHED_WITHOUT_START = QualityIssue(_PHASES, "FINISHED_WITHOUT_START", "phases that end without having started")
FINISHED_BEFORE_STARTED = QualityIssue(_PHASES, "FINISHED_BEFORE_STARTED", "phase ends before its start")
LONG_PHASE = QualityIssue(_PHASES, "LONG_PHASE", f"phase lasts over {LONG_PHASE_DAYS:,} days (three years)")
ZERO_WEIGHT = QualityIssue(_PHASES, "ZERO_WEIGHT", "phases with weight 0")
SHIFT_UNKNOWN = QualityIssue(_PHASES, "SHIFT_UNKNOWN", "phases without shift")
PLANNED_DATE_UNKNOWN = QualityIssue(_PHASES, "PLANNED_DATE_UNKNOWN", "phases without planned date")
OPEN_PHASE_OF_COMPLETED_ORDER = QualityIssue(
    _PHASES, "OPEN_PHASE_OF_COMPLETED_ORDER", "open phases of completed work orders"
)
CULPRIT_UNKNOWN = QualityIssue(_ERRORS, "CULPRIT_UNKNOWN", "errors without culprit phase")
CULPRIT_AFTER_JUDGE = QualityIssue(
    _ERRORS, "CULPRIT_AFTER_JUDGE", "culprit phase has a later id than the phase that judged"
)
CULPRIT_IS_JUDGE = QualityIssue(_ERRORS, "CULPRIT_IS_JUDGE", "culprit phase is the phase that judged")
REPEATED_ERROR = QualityIssue(
    _ERRORS, "REPEATED_ERROR", "error rows identical to another one, kept as events of their own"
)
PERSON_WITH_ODD_BLANKS = QualityIssue(_PEOPLE, "NAME_WITH_ODD_BLANKS", "names with odd blanks")
MARKED_AS_LEFT = QualityIssue(_PEOPLE, "MARKED_AS_LEFT", f"people marked by the prefix `{MARK_OF_LEAVERS}`")
LEFT_BUT_ACTIVE = QualityIssue(_PEOPLE, "LEFT_BUT_ACTIVE", "marked as left, yet active")
QUALIFICATION_UNDATED = QualityIssue(_SKILLS, "QUALIFICATION_UNDATED", "qualifications without date")
WEIGHTS_ZERO = QualityIssue(_PRODUCTS, "WEIGHTS_ZERO", "both weights are zero")
FINISHED_LIGHTER = QualityIssue(_PRODUCTS, "FINISHED_LIGHTER", "finished lighter than demoulded, both weights known")
PRODUCT_WITH_ODD_BLANKS = QualityIssue(_PRODUCTS, "NAME_WITH_ODD_BLANKS", "names with odd blanks")
STEP_OF_HIGH_COEFFICIENT = QualityIssue(_ROUTES, "HIGH_COEFFICIENT", f"Coeficiente of {HIGH_COEFFICIENT} or more")
STEP_OF_HIGH_COEFFICIENT_X = QualityIssue(
    _ROUTES, "HIGH_COEFFICIENT_X", f"CoeficienteX of {HIGH_COEFFICIENT_X} or more"
)
REPEATED_PRODUCT_PHASE = QualityIssue(_ROUTES, "REPEATED_PRODUCT_PHASE", "rows that repeat a product's phase")
SEQUENCE_WITH_GAPS = QualityIssue(_ROUTES, "SEQUENCE_WITH_GAPS", "products whose route sequence has gaps")
PHASE_WITHOUT_CHIEF = QualityIssue(_WORK, "PHASE_WITHOUT_CHIEF", "phases whose people have no chief among them")
PHASE_WITH_SEVERAL_CHIEFS = QualityIssue(_WORK, "PHASE_WITH_SEVERAL_CHIEFS", "phases with more than one chief")
ASSIGNED_INACTIVE_PERSON = QualityIssue(_WORK, "ASSIGNED_INACTIVE_PERSON", "assignments of people who are inactive now")
PHASE_NEVER_OF_AN_ORDER = QualityIssue(
    "Fases", "PHASE_NEVER_OF_AN_ORDER", "phases that are no work order's current phase"
)
ROWS_ARCHIVED = {
    sheet: QualityIssue(sheet, "ROWS_ARCHIVED", "rows that are gone, as is their finished work order")
    for sheet in (_PHASES, _WORK, _ERRORS)
}
"""Issues by sheet. Later runs subtract these rows from those that the plant had before."""


@dataclass(frozen=True, slots=True)
class RunWarning:
    """A kind of warning about a sheet of a published run, by a stable code, with its remedy."""

    code: str
    words: str
    remedy: str


CHANGED_WARNED_ABOVE_PERCENT, REVISABLE_WARNED_ABOVE_PERCENT = 5, 10
"""Changed values of a column since the live run. The second limit is for catalogues and for columns that `settled_by`
names: people leave, and 1 % of the real workbook's completed orders have yet to move to their last phase."""
FEWEST_CHANGED = 5
"""Fewer changed values, or missing rows, are corrections."""
DOUBLED_WARNED_ABOVE_PERCENT = 25
"""Contents that stand under several keys; in the real workbook 2 % of the orders'. Later, of the new rows."""
GROWN_ABOVE_PERCENT = 5
"""New rows, of the live ones, from which they are compared with the live run's contents."""
MISSING_WARNED_ABOVE_PERCENT = 5
"""Missing rows, of the most that the plant had."""
NEWEST_ORDERS, WITHOUT_PHASE_WARNED_ABOVE_PERCENT = 20, 50
"""Newest orders looked at, and the share of them without a phase. Each of the real workbook has one."""
PHASELESS_WARNED_ABOVE_PERCENT = 10
"""Share of all orders of a first load."""
NEWEST_MISSING_WARNED_ABOVE_PERCENT = 50
"""Share of the live run's newest orders that are missing."""

_COMPARE = "Compare the sheet with the ERP; if the export is wrong, publish the run before and export again."
ROWS_REFUSED = RunWarning(
    "ROWS_REFUSED",
    "noticeably many rows were refused",
    "Mend the rows in the ERP and export again; /api/ingestion/runs/{run_id}/rejected.xlsx lists them.",
)
VALUES_CHANGED = RunWarning("VALUES_CHANGED", "settled values differ from the run before", _COMPARE)
ROWS_DOUBLED = RunWarning("ROWS_DOUBLED", "rows repeat the content of others under new keys", _COMPARE)
ROWS_MISSING = RunWarning("ROWS_MISSING", "rows are missing", _COMPARE)
OPEN_WORK_MISSING = RunWarning("OPEN_WORK_MISSING", "nothing, or nearly nothing, is open", _COMPARE)
SHEET_OLDER = RunWarning("SHEET_OLDER", "the sheet is of an older export than the orders or the run before", _COMPARE)
ROWS_CONTRADICT = RunWarning("ROWS_CONTRADICT", "many rows contradict themselves", _COMPARE)
STAMPS_IN_FUTURE = RunWarning("STAMPS_IN_FUTURE", "many stamps of what has happened lie in the future", _COMPARE)
WARNINGS = {
    one.code: one
    for one in (
        ROWS_REFUSED,
        VALUES_CHANGED,
        ROWS_DOUBLED,
        ROWS_MISSING,
        OPEN_WORK_MISSING,
        SHEET_OLDER,
        ROWS_CONTRADICT,
        STAMPS_IN_FUTURE,
    )
}
