"""Quality errors of a period as SQL: those whose judging execution ended in it. docs/kpis.md, "Quality"."""

from __future__ import annotations

from app.planning.snapshot.period import within

JUDGED_ERRORS = f"""
    WITH error AS MATERIALIZED (
        SELECT e.work_order_id, e.evaluation_phase_id, e.severity, e.description, e.culprit_order_phase_id
          FROM core.quality_errors AS e
          JOIN core.order_phases AS p ON p.run_id = :run_id AND p.order_phase_id = e.evaluation_order_phase_id
         WHERE e.run_id = :run_id AND {within("p.finished_at")}
    )"""
"""A common table expression: `error` has one row for each error of the period."""

COUNTED = f"""{JUDGED_ERRORS}, counted AS (
        SELECT count(*) AS quality_errors, count(DISTINCT o.work_order_id) AS orders_with_errors,
               count(*) FILTER (WHERE o.work_order_id IS NULL) AS errors_of_unknown_orders,
               count(*) FILTER (WHERE culprit_order_phase_id IS NULL) AS without_culprit_errors
          FROM error
          LEFT JOIN core.work_orders AS o ON o.run_id = :run_id AND o.work_order_id = error.work_order_id
    ), worked AS (
        SELECT work_order_id FROM core.order_phases WHERE run_id = :run_id AND {within("finished_at")}
         UNION
        SELECT o.work_order_id
          FROM error JOIN core.work_orders AS o ON o.run_id = :run_id AND o.work_order_id = error.work_order_id
    )
    SELECT counted.*, (SELECT count(*) FROM worked) AS work_orders FROM counted"""
"""Counts of errors, and of the orders of which something was finished in the period or which an error names."""

BY_EVALUATION_PHASE = f"""{JUDGED_ERRORS}
    SELECT evaluation_phase_id AS phase_id, ph.name AS phase_name, severity, count(*) AS errors
      FROM error
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = evaluation_phase_id
     GROUP BY evaluation_phase_id, ph.name, severity"""

BY_CULPRIT_PHASE = f"""{JUDGED_ERRORS}
    SELECT c.phase_id, ph.name AS phase_name, severity, count(*) AS errors
      FROM error
      JOIN core.order_phases AS c ON c.run_id = :run_id AND c.order_phase_id = culprit_order_phase_id
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = c.phase_id
     GROUP BY c.phase_id, ph.name, severity"""

BY_DESCRIPTION = f"""{JUDGED_ERRORS}
    SELECT description, count(*) AS errors
      FROM error GROUP BY description ORDER BY errors DESC, description COLLATE "C" LIMIT :most"""

PER_EXECUTION = f"""{JUDGED_ERRORS}, finished AS (
        SELECT phase_id, count(*) AS executions
          FROM core.order_phases WHERE run_id = :run_id AND {within("finished_at")} GROUP BY phase_id
    ), judged AS (
        SELECT evaluation_phase_id AS phase_id, count(*) AS errors, count(DISTINCT work_order_id) AS orders_with_errors,
               count(*) FILTER (WHERE severity = 1) AS severity_1, count(*) FILTER (WHERE severity = 2) AS severity_2,
               count(*) FILTER (WHERE severity = 3) AS severity_3
          FROM error GROUP BY evaluation_phase_id
    )
    SELECT judged.*, ph.name AS phase_name, coalesce(finished.executions, 0) AS finished_phases
      FROM judged
      LEFT JOIN finished USING (phase_id)
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = judged.phase_id
     ORDER BY judged.errors DESC, judged.phase_id"""
