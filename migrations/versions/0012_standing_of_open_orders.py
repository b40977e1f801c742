"""Standing of each open order, and loads of phases by scope; made here for the snapshots that are there already.

Revision ID: 0012
Revises: 0011
"""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OPEN_ORDERS = (
    """
CREATE TABLE core.open_orders (
    run_id bigint NOT NULL,
    work_order_id bigint NOT NULL,
    standing text NOT NULL,
    terminal_class text,
    CONSTRAINT pk_open_orders PRIMARY KEY (run_id, work_order_id),
    CONSTRAINT ck_open_orders_standing CHECK (standing IN ('PRODUCTION', 'TERMINAL', 'STALE'))
) PARTITION BY LIST (run_id)
""",
    "COMMENT ON TABLE core.open_orders IS 'Standing of each open work order: production work, over, or old.'",
    "COMMENT ON COLUMN core.open_orders.run_id IS 'Ingestion run whose snapshot holds the row.'",
    "COMMENT ON COLUMN core.open_orders.terminal_class IS 'Class of the terminal phase that the order is at.'",
)
COLUMNS = (
    ("core.phase_loads", "scope", "text", "'ALL'"),
    ("core.phase_loads", "left_out_terminal", "bigint", "0"),
    ("core.phase_loads", "left_out_stale", "bigint", "0"),
    ("core.key_figures", "overdue_terminal_orders", "bigint", "0"),
    ("core.key_figures", "overdue_stale_orders", "bigint", "0"),
    ("core.snapshot_facts", "open_by_standing", "jsonb", "'{}'"),
)
"""New columns with their defaults. The scope of existing rows is ALL, because every open order counted."""

COMMENTS = (
    "COMMENT ON TABLE core.phase_loads IS"
    " 'Order phases without an end, by phase of production and scope: the shop floor at as_of.'",
    "COMMENT ON COLUMN core.phase_loads.scope IS 'Which open orders count: production work, and the others.'",
    "COMMENT ON COLUMN core.snapshot_facts.open_by_standing IS"
    " 'Open work orders by PRODUCTION, STALE and each class of terminal phase.'",
)

STANDING = """
SELECT work_order_id, CASE WHEN terminal_class IS NOT NULL THEN 'TERMINAL'
    WHEN created_at < CAST(@as_of@ AS timestamp) - make_interval(hours => 8760) THEN 'STALE'
    ELSE 'PRODUCTION' END AS standing, terminal_class
FROM (
  SELECT work_order_id, created_at, CASE WHEN phase_id = 12 THEN 'DELIVERED' WHEN phase_id = 15 THEN 'IN_USE'
    WHEN phase_id = 72 THEN 'REUSED' WHEN phase_id IN (16, 17, 50) THEN 'SCRAPPED'
    WHEN phase_id IN (9, 10, 49) THEN 'STORED' END AS terminal_class
  FROM core.work_orders_r@run@ WHERE completed_at IS NULL
) AS placed
"""
"""Terminal phases, as app/features/open_orders.toml declared them when this revision was written."""

LOAD_COLUMNS = (
    "scope, phase_id, in_process, queued, waiting, unclosed, left_out_terminal, left_out_stale, open_orders,"
    " in_process_age_p50_hours, in_process_age_p90_hours, queue_age_p50_hours, queue_age_p90_hours, weight_kg,"
    " in_process_weight_kg, phases_without_weight"
)
LOADS = """
WITH open_order AS MATERIALIZED (
  SELECT work_order_id, created_at, standing
  FROM core.work_orders_r@run@ JOIN core.open_orders_r@run@ USING (work_order_id)
), member AS MATERIALIZED (
  SELECT p.work_order_id, o.created_at, o.standing, p.order_phase_id, p.sequence, p.phase_id, p.started_at,
    p.finished_at, p.weight_kg
  FROM open_order AS o JOIN core.order_phases_r@run@ AS p USING (work_order_id)
), progress AS (
  SELECT work_order_id, coalesce(max(finished_at), min(created_at)) AS ready_at,
    bool_or(finished_at IS NULL AND started_at IS NOT NULL) AS is_busy
  FROM member GROUP BY work_order_id
), next_phase AS (
  SELECT DISTINCT ON (work_order_id) work_order_id, order_phase_id
  FROM member WHERE finished_at IS NULL AND started_at IS NULL
  ORDER BY work_order_id, sequence, order_phase_id
), open_work AS (
  SELECT m.work_order_id, m.standing, m.phase_id, m.weight_kg, state,
    date_part('epoch', CAST(@as_of@ AS timestamp) - CASE state
      WHEN 'IN_PROCESS' THEN m.started_at WHEN 'QUEUED' THEN progress.ready_at END) / 3600 AS age_hours
  FROM member AS m JOIN progress USING (work_order_id) LEFT JOIN next_phase USING (work_order_id)
  CROSS JOIN LATERAL (SELECT CASE WHEN m.started_at IS NOT NULL THEN 'IN_PROCESS'
    WHEN NOT progress.is_busy AND next_phase.order_phase_id = m.order_phase_id THEN 'QUEUED'
    ELSE 'WAITING' END AS state) AS judged
  WHERE m.finished_at IS NULL
), scopes (scope, standings) AS (
  VALUES ('PRODUCTION', ARRAY['PRODUCTION']), ('WITH_TERMINAL', ARRAY['PRODUCTION', 'TERMINAL']),
    ('WITH_STALE', ARRAY['PRODUCTION', 'STALE'])
), counted AS (
  SELECT scope, phase_id, count(*) FILTER (WHERE state = 'IN_PROCESS') AS in_process,
    count(*) FILTER (WHERE state = 'QUEUED') AS queued, count(*) FILTER (WHERE state = 'WAITING') AS waiting,
    count(DISTINCT work_order_id) AS open_orders,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY age_hours) FILTER (WHERE state = 'IN_PROCESS')
      AS in_process_age_p50_hours,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY age_hours) FILTER (WHERE state = 'IN_PROCESS')
      AS in_process_age_p90_hours,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY age_hours) FILTER (WHERE state = 'QUEUED') AS queue_age_p50_hours,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY age_hours) FILTER (WHERE state = 'QUEUED') AS queue_age_p90_hours,
    coalesce(sum(weight_kg), 0) AS weight_kg,
    coalesce(sum(weight_kg) FILTER (WHERE state = 'IN_PROCESS'), 0) AS in_process_weight_kg,
    count(*) FILTER (WHERE weight_kg = 0) AS phases_without_weight
  FROM open_work JOIN scopes ON standing = ANY(standings) GROUP BY scope, phase_id
), of_open AS (
  SELECT phase_id, count(*) FILTER (WHERE standing = 'TERMINAL') AS terminal,
    count(*) FILTER (WHERE standing = 'STALE') AS stale
  FROM open_work GROUP BY phase_id
)
SELECT scope, l.phase_id, coalesce(in_process, 0) AS in_process, coalesce(queued, 0) AS queued,
  coalesce(waiting, 0) AS waiting, l.unclosed,
  CASE WHEN 'TERMINAL' = ANY(standings) THEN 0 ELSE coalesce(terminal, 0) END AS left_out_terminal,
  CASE WHEN 'STALE' = ANY(standings) THEN 0 ELSE coalesce(stale, 0) END AS left_out_stale,
  coalesce(open_orders, 0) AS open_orders, in_process_age_p50_hours,
  in_process_age_p90_hours, queue_age_p50_hours, queue_age_p90_hours,
  coalesce(weight_kg, 0) AS weight_kg, coalesce(in_process_weight_kg, 0) AS in_process_weight_kg,
  coalesce(phases_without_weight, 0) AS phases_without_weight
FROM (SELECT phase_id, unclosed FROM core.phase_loads_r@run@) AS l CROSS JOIN scopes LEFT JOIN of_open USING (phase_id)
LEFT JOIN counted USING (scope, phase_id)
"""

MAKE = f"""
DO $make$
DECLARE
    run record;
    statement text;
BEGIN
    FOR run IN SELECT CAST(run_id AS text) AS id, quote_nullable(as_of) AS as_of FROM core.snapshot_facts
        WHERE to_regclass('core.work_orders_r' || run_id) IS NOT NULL ORDER BY run_id
    LOOP
        FOREACH statement IN ARRAY ARRAY[
            'CREATE TABLE core.open_orders_r@run@ PARTITION OF core.open_orders FOR VALUES IN (@run@)',
            $figures$INSERT INTO core.open_orders (run_id, work_order_id, standing, terminal_class)
                SELECT @run@, work_order_id, standing, terminal_class FROM ({STANDING}) AS standings$figures$,
            $figures$UPDATE core.snapshot_facts SET open_by_standing = (
                SELECT coalesce(jsonb_object_agg(standing, orders), '{{}}') FROM (
                    SELECT coalesce(terminal_class, standing) AS standing, count(*) AS orders
                      FROM core.open_orders_r@run@ GROUP BY 1) AS counted) WHERE run_id = @run@$figures$,
            $figures$UPDATE core.key_figures AS k SET overdue_orders = o.production,
                overdue_terminal_orders = o.terminal, overdue_stale_orders = o.stale
                FROM (SELECT count(*) FILTER (WHERE standing = 'PRODUCTION') AS production,
                        count(*) FILTER (WHERE standing = 'TERMINAL') AS terminal,
                        count(*) FILTER (WHERE standing = 'STALE') AS stale
                   FROM core.work_orders_r@run@ JOIN core.open_orders_r@run@ USING (work_order_id)
                  WHERE CAST(transport_at AS date) < CAST(CAST(@as_of@ AS timestamp) AS date)) AS o
                WHERE k.run_id = @run@$figures$,
            $figures$INSERT INTO core.phase_loads (run_id, {LOAD_COLUMNS})
                SELECT @run@, {LOAD_COLUMNS} FROM ({LOADS}) AS figures$figures$]
        LOOP
            EXECUTE replace(replace(statement, '@run@', run.id), '@as_of@', run.as_of);
        END LOOP;
    END LOOP;
END
$make$
"""


def upgrade() -> None:
    for statement in OPEN_ORDERS:
        op.execute(statement)
    for table, column, kind, default in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind} NOT NULL DEFAULT {default}")
    for table, column, _, _ in COLUMNS:
        # The ingestion gives every value; the default was for the rows that are there.
        op.execute(f"-- squawk-ignore ban-drop-default\nALTER TABLE {table} ALTER COLUMN {column} DROP DEFAULT")
    for comment in COMMENTS:
        op.execute(comment)
    _key("run_id, scope, phase_id")
    op.execute(MAKE)


def downgrade() -> None:
    op.execute("DELETE FROM core.phase_loads WHERE scope <> 'ALL'")
    op.execute(
        "UPDATE core.key_figures SET overdue_orders = overdue_orders + overdue_terminal_orders + overdue_stale_orders"
    )
    _key("run_id, phase_id")
    for table, column, _, _ in reversed(COLUMNS):
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    op.execute(
        "COMMENT ON TABLE core.phase_loads IS"
        " 'Order phases without an end, by phase of production: the shop floor at as_of.'"
    )
    op.execute("DROP TABLE core.open_orders")


def _key(columns: str) -> None:
    """Make the key of core.phase_loads anew; a run has some seventy rows there."""
    op.execute("-- squawk-ignore ban-drop-constraint\nALTER TABLE core.phase_loads DROP CONSTRAINT pk_phase_loads")
    op.execute(
        "-- squawk-ignore adding-serial-primary-key-field, constraint-missing-not-valid\n"
        f"ALTER TABLE core.phase_loads ADD CONSTRAINT pk_phase_loads PRIMARY KEY ({columns})"
    )
