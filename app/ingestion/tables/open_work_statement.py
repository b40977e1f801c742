"""The shop floor as SQL: every open phase of every open order, with its state and age.

Schedule, inventory, the dispatch list and the phases of an order share this definition; docs/kpis.md, "State of a
phase" and "WIP, queue and age".
"""

from __future__ import annotations

from app.ingestion.tables.standing_statement import STANDING

OPEN_PHASES = """progress AS (
        SELECT work_order_id, coalesce(max(finished_at), min(created_at)) AS ready_at,
               bool_or(finished_at IS NULL AND started_at IS NOT NULL) AS is_busy
          FROM member GROUP BY work_order_id
    ), next_phase AS (
        SELECT DISTINCT ON (work_order_id) work_order_id, order_phase_id
          FROM member WHERE finished_at IS NULL AND started_at IS NULL
         ORDER BY work_order_id, sequence, order_phase_id
    ), open_phase AS (
        SELECT m.*, state, date_part('epoch', CAST(:as_of AS timestamp) - CASE state
                   WHEN 'IN_PROCESS' THEN m.started_at
                   WHEN 'QUEUED' THEN progress.ready_at END) / 3600 AS age_hours
          FROM member AS m
          JOIN progress USING (work_order_id)
          LEFT JOIN next_phase USING (work_order_id)
         CROSS JOIN LATERAL (SELECT CASE
               WHEN m.started_at IS NOT NULL THEN 'IN_PROCESS'
               WHEN NOT progress.is_busy AND next_phase.order_phase_id = m.order_phase_id THEN 'QUEUED'
               ELSE 'WAITING' END AS state) AS judged
         WHERE m.finished_at IS NULL
    )"""
"""Common table expressions after `member`, the phases of the open orders; `open_phase` has those that are not finished,
with their state and age. The rule stands here alone: the phases of one order (app/planning/orders.py) have it too."""

OPEN_WORK = f"""
    WITH open_order AS MATERIALIZED (
        SELECT work_order_id, created_at, {STANDING} AS standing FROM {{OrdensFabrico}} WHERE completed_at IS NULL
    ), member AS MATERIALIZED (
        SELECT p.work_order_id, o.created_at, o.standing, p.order_phase_id, p.sequence, p.phase_id, p.started_at,
               p.finished_at, p.weight_kg
          FROM open_order AS o
          JOIN {{FasesOrdemFabrico}} AS p USING (work_order_id)
    ), {OPEN_PHASES}, open_work AS (
        SELECT work_order_id, standing, phase_id, weight_kg, state, age_hours FROM open_phase
    )"""
"""Common table expressions; `open_work` has one row per open phase of an open order (see `ready_after`)."""
