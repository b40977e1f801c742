"""Key figures of a run, written when it is published first and kept beyond retention; docs/kpis.md, "By run"."""

from __future__ import annotations

import sqlalchemy as sa

KEEP = sa.text("""
    INSERT INTO audit.published_figures
        (run_id, as_of, orders, open_orders, lead_time_p50_days, due_orders, due_on_time_orders, overdue_orders,
         throughput_window_days, throughput_orders, finished_phases, return_phases, quality_errors)
    SELECT f.run_id, f.as_of, f.work_orders, f.open_work_orders, k.lead_time_p50_days, k.due_orders,
           k.due_on_time_orders, k.overdue_orders, k.throughput_window_days, k.throughput_orders, r.finished_phases,
           r.return_phases, f.quality_errors
      FROM core.snapshot_facts AS f
      JOIN core.key_figures AS k ON k.run_id = :run_id
     CROSS JOIN (SELECT CAST(coalesce(sum(finished_phases), 0) AS bigint) AS finished_phases,
                        CAST(coalesce(sum(return_phases), 0) AS bigint) AS return_phases
                   FROM core.phase_rates WHERE run_id = :run_id) AS r
     WHERE f.run_id = :run_id
    ON CONFLICT (run_id) DO NOTHING
""")


def keep_figures(connection: sa.Connection, run_id: int) -> None:
    """Write the figures of a run whose partitions are attached, unless it was published before. The caller commits."""
    connection.execute(KEEP, {"run_id": run_id})
