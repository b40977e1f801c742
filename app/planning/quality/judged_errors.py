"""SQL of filtered quality errors, and of the executions and orders that they are divided by.

Definitions: docs/kpis.md, "Errors of one phase, one product, one period".
"""

from __future__ import annotations

from dataclasses import dataclass

from app.planning.snapshot.errors_alone import is_error, is_line
from app.planning.snapshot.live_run import Run
from app.planning.snapshot.period import Period, within

OF_PRODUCT = "SELECT work_order_id FROM core.work_orders WHERE run_id = :run_id AND product_id = :product"


@dataclass(frozen=True, slots=True)
class ErrorFilter:
    """A filter of quality errors: period, judging phase and product of the order; None does not filter."""

    period: Period | None = None
    phase: int | None = None
    product: int | None = None

    def bound(self, run: Run) -> dict[str, object]:
        """Parameters of the statements."""
        parameters = run.bound() if self.period is None else run.bound(**self.period.bound(run.as_of))
        given = {"phase": self.phase, "product": self.product}
        return parameters | {name: number for name, number in given.items() if number is not None}

    def errors(self) -> str:
        """SQL: a common table expression; `error` has one row for each error."""
        return self._rows(is_error("e"))

    def checklist_lines(self) -> str:
        """SQL: the same expression of the checklist lines."""
        return self._rows(is_line("e"))

    def _rows(self, kind: str) -> str:
        ended = f"SELECT order_phase_id FROM core.order_phases WHERE run_id = :run_id AND {within('finished_at')}"
        conditions = ["e.run_id = :run_id", kind]
        # Not a join: the planner would expect a thousand times the rows, and read them again for each order.
        conditions += [] if self.period is None else [f"e.evaluation_order_phase_id IN ({ended})"]
        conditions += [] if self.phase is None else ["e.evaluation_phase_id = :phase"]
        conditions += [] if self.product is None else [f"e.work_order_id IN ({OF_PRODUCT})"]
        return f"""
    WITH error AS (
        SELECT e.work_order_id, e.evaluation_phase_id, e.severity, e.description, e.culprit_order_phase_id
          FROM core.quality_errors AS e
         WHERE {" AND ".join(conditions)}
    )"""

    def finished(self) -> str:
        """SQL: source and conditions of the executions that were finished."""
        conditions = ["p.run_id = :run_id"]
        conditions += ["p.finished_at IS NOT NULL" if self.period is None else within("p.finished_at")]
        conditions += [] if self.phase is None else ["p.phase_id = :phase"]
        conditions += [] if self.product is None else [f"p.work_order_id IN ({OF_PRODUCT})"]
        return f"core.order_phases AS p WHERE {' AND '.join(conditions)}"

    def orders(self) -> str:
        """SQL: source and conditions of the orders that the errors are divided by; it needs the expression of `errors`.

        With a period or a phase these are the orders that have an execution finished there, or an error.
        """
        conditions = ["o.run_id = :run_id"]
        conditions += [] if self.product is None else ["o.product_id = :product"]
        if self.period is not None or self.phase is not None:
            worked = f"SELECT p.work_order_id FROM {self.finished()} UNION SELECT work_order_id FROM error"
            conditions.append(f"o.work_order_id IN ({worked})")
        return f"core.work_orders AS o WHERE {' AND '.join(conditions)}"


ALL = ErrorFilter()


def counted(chosen: ErrorFilter) -> str:
    """SQL: counts of the errors, and of the orders that they are divided by."""
    return f"""{chosen.errors()}, counted AS (
        SELECT count(*) AS quality_errors, count(DISTINCT o.work_order_id) AS orders_with_errors,
               count(*) FILTER (WHERE o.work_order_id IS NULL) AS errors_of_unknown_orders,
               count(*) FILTER (WHERE culprit_order_phase_id IS NULL) AS without_culprit_errors
          FROM error
          LEFT JOIN core.work_orders AS o ON o.run_id = :run_id AND o.work_order_id = error.work_order_id
    )
    SELECT counted.*, (SELECT count(*) FROM {chosen.orders()}) AS work_orders FROM counted"""


def by_evaluation_phase(chosen: ErrorFilter) -> str:
    """SQL: errors by the phase that judged, and severity."""
    return f"""{chosen.errors()}
    SELECT evaluation_phase_id AS phase_id, ph.name AS phase_name, severity, count(*) AS errors
      FROM error
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = evaluation_phase_id
     GROUP BY evaluation_phase_id, ph.name, severity"""


def by_culprit_phase(chosen: ErrorFilter) -> str:
    """SQL: errors by the phase of the execution held responsible, and severity."""
    return f"""{chosen.errors()}
    SELECT c.phase_id, ph.name AS phase_name, severity, count(*) AS errors
      FROM error
      JOIN core.order_phases AS c ON c.run_id = :run_id AND c.order_phase_id = culprit_order_phase_id
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = c.phase_id
     GROUP BY c.phase_id, ph.name, severity"""


def by_description(chosen: ErrorFilter) -> str:
    """SQL: the most frequent texts."""
    return f"""{chosen.errors()}
    SELECT description, count(*) AS errors
      FROM error GROUP BY description ORDER BY errors DESC, description COLLATE "C" LIMIT :most"""


def by_phase_and_description(chosen: ErrorFilter) -> str:
    """SQL: the texts of each phase that judged, the most frequent first."""
    return f"""{chosen.errors()}
    SELECT evaluation_phase_id AS phase_id, ph.name AS phase_name, description, count(*) AS errors
      FROM error
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = evaluation_phase_id
     GROUP BY evaluation_phase_id, ph.name, description
     ORDER BY errors DESC, description COLLATE "C", phase_id"""


def by_product_and_description(chosen: ErrorFilter) -> str:
    """SQL: the texts of each product's orders, the most frequent first; errors of unknown orders are left out."""
    return f"""{chosen.errors()}
    SELECT o.product_id, pr.name AS product_name, description, count(*) AS errors
      FROM error
      JOIN core.work_orders AS o ON o.run_id = :run_id AND o.work_order_id = error.work_order_id
      LEFT JOIN core.products AS pr ON pr.run_id = :run_id AND pr.product_id = o.product_id
     GROUP BY o.product_id, pr.name, description
     ORDER BY errors DESC, description COLLATE "C", product_id"""


COUNTED_BY_SEVERITY = """count(*) AS errors, count(*) FILTER (WHERE severity = 1) AS severity_1,
               count(*) FILTER (WHERE severity = 2) AS severity_2, count(*) FILTER (WHERE severity = 3) AS severity_3"""


def by_judging_phase(chosen: ErrorFilter) -> str:
    """SQL: errors by the phase that judged, and the phase's finished executions."""
    return f"""{chosen.errors()}, finished AS (
        SELECT p.phase_id, count(*) AS executions FROM {chosen.finished()} GROUP BY p.phase_id
    ), judged AS (
        SELECT evaluation_phase_id AS phase_id, count(DISTINCT work_order_id) AS orders_with_errors,
               {COUNTED_BY_SEVERITY}
          FROM error GROUP BY evaluation_phase_id
    )
    SELECT judged.*, ph.name AS phase_name, coalesce(finished.executions, 0) AS finished_phases
      FROM judged
      LEFT JOIN finished USING (phase_id)
      LEFT JOIN core.phases AS ph ON ph.run_id = :run_id AND ph.phase_id = judged.phase_id
     ORDER BY judged.errors DESC, judged.phase_id"""


def by_product(chosen: ErrorFilter) -> str:
    """SQL: errors by the product of their order, and the product's orders; errors of unknown orders are left out."""
    return f"""{chosen.errors()}, made AS (
        SELECT o.product_id, count(*) AS orders FROM {chosen.orders()} GROUP BY o.product_id
    ), judged AS (
        SELECT o.product_id, count(DISTINCT error.work_order_id) AS orders_with_errors, {COUNTED_BY_SEVERITY}
          FROM error
          JOIN core.work_orders AS o ON o.run_id = :run_id AND o.work_order_id = error.work_order_id
         GROUP BY o.product_id
    )
    SELECT judged.*, made.orders, pr.name AS product_name
      FROM judged
      JOIN made USING (product_id)
      LEFT JOIN core.products AS pr ON pr.run_id = :run_id AND pr.product_id = judged.product_id
     ORDER BY judged.errors DESC, judged.product_id"""
