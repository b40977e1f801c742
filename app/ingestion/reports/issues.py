"""The data-quality issues as the ingestion counts them: by conditions on rows, and statements across rows or sheets."""

from __future__ import annotations

from app.contract import quality_issues as contract
from app.contract.quality_issues import QualityIssue

ROW_ISSUES: dict[QualityIssue, str] = {
    contract.ORDER_NOT_COMPLETED: "completed_at IS NULL",
    contract.ORDER_WITHOUT_TRANSPORT: "transport_at IS NULL",
    contract.COMPLETED_BEFORE_CREATED: "completed_at < created_at",
    contract.TRANSPORT_BEFORE_CREATED: "transport_at < created_at",
    contract.TRANSPORT_IN_FUTURE: "transport_at > :as_of",
    contract.ORDER_AFTER_EXPORT: "greatest(created_at, completed_at) > :as_of",
    # In days, because PostgreSQL takes a month of an interval for 30 days.
    contract.LONG_LEAD_TIME: f"extract(day FROM completed_at - created_at) > {contract.LONG_LEAD_TIME_DAYS}",
    contract.CREATED_OFF_MIDNIGHT: "created_at <> date_trunc('day', created_at)",
    contract.PHASE_NOT_FINISHED: "finished_at IS NULL",
    contract.PHASE_AFTER_EXPORT: "greatest(started_at, finished_at) > :as_of",
    contract.PHASE_NOT_STARTED: "started_at IS NULL",
    contract.FINISHED_WITHOUT_START: "finished_at IS NOT NULL AND started_at IS NULL",
    contract.FINISHED_BEFORE_STARTED: "finished_at < started_at",
    contract.LONG_PHASE: f"extract(day FROM finished_at - started_at) > {contract.LONG_PHASE_DAYS}",
    contract.ZERO_WEIGHT: "weight_kg = 0",
    contract.SHIFT_UNKNOWN: "shift IS NULL",
    contract.PLANNED_DATE_UNKNOWN: "planned_on IS NULL",
    contract.CULPRIT_UNKNOWN: "culprit_order_phase_id IS NULL",
    contract.CULPRIT_AFTER_JUDGE: "culprit_order_phase_id > evaluation_order_phase_id",
    contract.CULPRIT_IS_JUDGE: "culprit_order_phase_id = evaluation_order_phase_id",
    contract.REPEATED_ERROR: "occurrence > 1",
    contract.PERSON_WITH_ODD_BLANKS: "name <> btrim(name) OR name LIKE '%  %'",
    contract.MARKED_AS_LEFT: f"name LIKE '{contract.MARK_OF_LEAVERS}%'",
    contract.LEFT_BUT_ACTIVE: f"name LIKE '{contract.MARK_OF_LEAVERS}%' AND is_active",
    contract.QUALIFICATION_UNDATED: "qualified_at IS NULL",
    contract.WEIGHTS_ZERO: "demould_weight_kg = 0 AND finished_weight_kg = 0",
    contract.FINISHED_LIGHTER: "finished_weight_kg < demould_weight_kg AND finished_weight_kg > 0",
    contract.PRODUCT_WITH_ODD_BLANKS: "name <> btrim(name) OR name LIKE '%  %'",
    contract.STEP_OF_HIGH_COEFFICIENT: f"coefficient >= {contract.HIGH_COEFFICIENT}",
    contract.STEP_OF_HIGH_COEFFICIENT_X: f"coefficient_x >= {contract.HIGH_COEFFICIENT_X}",
}
"""Issues that are found in a single row: the condition as SQL over the sheet's row `r` (`:as_of` is the run's)."""

CROSS_ISSUES: tuple[tuple[tuple[QualityIssue, ...], str], ...] = (
    (
        (contract.OPEN_PHASE_OF_COMPLETED_ORDER,),
        "SELECT count(*) FROM {FasesOrdemFabrico} AS p JOIN {OrdensFabrico} AS o USING (work_order_id)"
        " WHERE p.finished_at IS NULL AND o.completed_at IS NOT NULL",
    ),
    (
        (contract.ORDER_ELSEWHERE,),
        "SELECT count(*) FROM (SELECT FROM {OrdensFabrico} AS o JOIN {FasesOrdemFabrico} AS p USING (work_order_id)"
        " WHERE o.completed_at IS NULL AND p.finished_at IS NULL GROUP BY o.work_order_id, o.phase_id"
        " HAVING NOT CASE WHEN bool_or(p.started_at IS NOT NULL)"
        " THEN bool_or(p.started_at IS NOT NULL AND p.phase_id = o.phase_id)"
        " ELSE (array_agg(p.phase_id ORDER BY p.sequence, p.order_phase_id))[1] = o.phase_id END) AS elsewhere",
    ),
    (
        (contract.PHASE_WITHOUT_CHIEF, contract.PHASE_WITH_SEVERAL_CHIEFS),
        "SELECT count(*) FILTER (WHERE chiefs = 0), count(*) FILTER (WHERE chiefs > 1) FROM"
        " (SELECT sum(CAST(is_chief AS integer)) AS chiefs FROM {FuncionariosFaseOrdemFabrico}"
        " GROUP BY order_phase_id) AS phase",
    ),
    (
        (contract.ASSIGNED_INACTIVE_PERSON,),
        "SELECT count(*) FROM {FuncionariosFaseOrdemFabrico} JOIN {Funcionarios} AS e USING (employee_id)"
        " WHERE NOT e.is_active",
    ),
    (
        (contract.REPEATED_PRODUCT_PHASE,),
        "SELECT count(*) - count(DISTINCT (product_id, phase_id)) FROM {FasesStandardModelos}",
    ),
    (
        (contract.SEQUENCE_WITH_GAPS,),
        "SELECT count(*) FROM"
        " (SELECT CAST(max(sequence) AS bigint) - min(sequence) + 1 > count(DISTINCT sequence) AS gaps"
        " FROM {FasesStandardModelos} GROUP BY product_id) AS product WHERE gaps",
    ),
    (
        (contract.PHASE_NEVER_OF_AN_ORDER,),
        "SELECT count(*) FROM {Fases} AS p"
        " WHERE NOT EXISTS (SELECT FROM {OrdensFabrico} AS o WHERE o.phase_id = p.phase_id)",
    ),
)
"""Issues across rows or sheets, each with a statement that counts its rows (see `ready_after`)."""
