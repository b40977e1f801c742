"""Figures of the whole run for the API, made in the run's transaction and published with it (docs/kpis.md).

Each table is an aggregate of core, partitioned by run like the rows themselves, and made as soon as its sheets are
merged. The API reads it instead of the rows.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from app.contract import Sheet
from app.database.access.roles import Roles
from app.database.schema import metadata
from app.database.schema.aggregates import PLACES_DAYS, THROUGHPUT_DAYS
from app.features.checklist import checklist_json
from app.ingestion.tables.names import RunTables, partition_name
from app.ingestion.tables.open_work_statement import OPEN_WORK
from app.ingestion.tables.partitions import index_partition
from app.ingestion.tables.ready_after import bound, over_run, reads_aggregates, ready_after
from app.ingestion.tables.remaining_flow_statement import OPEN_ORDERS_WITH_POINT, REMAINING_FLOWS
from app.ingestion.tables.side_by_side import answers
from app.ingestion.tables.standing_statement import SCOPE_ROWS, STANDING

TOP_DESCRIPTIONS = 10

_DECLARED = "jsonb_to_recordset(CAST(:checklist AS jsonb)) AS line (phase_id bigint, description text)"

CHECKLIST_LINES = f"""
SELECT line.phase_id, line.description, count(e.work_order_id) AS seen_rows
FROM {_DECLARED} LEFT JOIN {{OrdemFabricoErros}} AS e
  ON e.evaluation_phase_id = line.phase_id AND e.description = line.description
GROUP BY line.phase_id, line.description"""

_IS_ERROR = f"(evaluation_phase_id, description) NOT IN (SELECT line.phase_id, line.description FROM {_DECLARED})"

_OVERDUE = "count(*) FILTER (WHERE standing = '{standing}' AND due_day < CAST(CAST(:as_of AS timestamp) AS date))"

_RECENT = (
    f"FILTER (WHERE completed_at > CAST(:as_of AS timestamp) - make_interval(hours => {24 * THROUGHPUT_DAYS})"
    " AND completed_at <= CAST(:as_of AS timestamp))"
)

KEY_FIGURES = f"""
WITH judged AS (
  SELECT created_at, completed_at, transport_at, CAST(transport_at AS date) AS due_day,
    CASE WHEN completed_at >= created_at
      THEN date_part('epoch', completed_at - created_at) / 86400 END AS lead_days,
    CASE WHEN completed_at IS NULL THEN {STANDING} END AS standing
  FROM {{OrdensFabrico}}
), orders AS (
  SELECT count(lead_days) AS lead_time_orders,
    avg(lead_days) AS lead_time_mean_days,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY lead_days) AS lead_time_p50_days,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY lead_days) AS lead_time_p90_days,
    count(*) FILTER (WHERE completed_at < created_at) AS completed_before_created_orders,
    count(*) FILTER (WHERE completed_at IS NOT NULL AND transport_at IS NOT NULL) AS delivery_orders,
    count(*) FILTER (WHERE CAST(completed_at AS date) <= CAST(transport_at AS date)) AS on_time_orders,
    {_OVERDUE.format(standing="PRODUCTION")} AS overdue_orders,
    {_OVERDUE.format(standing="TERMINAL")} AS overdue_terminal_orders,
    {_OVERDUE.format(standing="STALE")} AS overdue_stale_orders,
    count(*) FILTER (WHERE due_day < CAST(CAST(:as_of AS timestamp) AS date)) AS due_orders,
    count(*) FILTER (WHERE due_day < CAST(CAST(:as_of AS timestamp) AS date)
      AND CAST(completed_at AS date) <= due_day) AS due_on_time_orders,
    count(*) {_RECENT} AS throughput_orders,
    {THROUGHPUT_DAYS} AS throughput_window_days,
    count(lead_days) {_RECENT} AS recent_lead_time_orders,
    avg(lead_days) {_RECENT} AS recent_lead_time_mean_days,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY lead_days) {_RECENT} AS recent_lead_time_p50_days,
    percentile_cont(0.9) WITHIN GROUP (ORDER BY lead_days) {_RECENT} AS recent_lead_time_p90_days
  FROM judged
), named AS (
  SELECT work_order_id, count(*) AS errors, count(*) FILTER (WHERE culprit_order_phase_id IS NULL) AS without_culprit
  FROM {{OrdemFabricoErros}} WHERE {_IS_ERROR} GROUP BY work_order_id
), errors AS (
  SELECT count(o.work_order_id) AS orders_with_errors,
    coalesce(sum(errors) FILTER (WHERE o.work_order_id IS NULL), 0) AS errors_of_unknown_orders,
    coalesce(sum(without_culprit), 0) AS without_culprit_errors
  FROM named LEFT JOIN {{OrdensFabrico}} AS o USING (work_order_id)
)
SELECT * FROM orders, errors"""

_AGE = "percentile_cont({rank}) WITHIN GROUP (ORDER BY age_hours) FILTER (WHERE state = '{state}')"

PHASE_LOADS = f"""{OPEN_WORK}, scopes (scope, standings) AS (VALUES {SCOPE_ROWS}), counted AS (
  SELECT scope, phase_id,
    count(*) FILTER (WHERE state = 'IN_PROCESS') AS in_process,
    count(*) FILTER (WHERE state = 'QUEUED') AS queued,
    count(*) FILTER (WHERE state = 'WAITING') AS waiting,
    count(DISTINCT work_order_id) AS open_orders,
    {_AGE.format(rank=0.5, state="IN_PROCESS")} AS in_process_age_p50_hours,
    {_AGE.format(rank=0.9, state="IN_PROCESS")} AS in_process_age_p90_hours,
    {_AGE.format(rank=0.5, state="QUEUED")} AS queue_age_p50_hours,
    {_AGE.format(rank=0.9, state="QUEUED")} AS queue_age_p90_hours,
    coalesce(sum(weight_kg), 0) AS weight_kg,
    coalesce(sum(weight_kg) FILTER (WHERE state = 'IN_PROCESS'), 0) AS in_process_weight_kg,
    count(*) FILTER (WHERE weight_kg = 0) AS phases_without_weight
  FROM open_work JOIN scopes ON standing = ANY(standings) GROUP BY scope, phase_id
), unended AS (
  SELECT phase_id, count(*) AS phases FROM {{FasesOrdemFabrico}} WHERE finished_at IS NULL GROUP BY phase_id
), of_open AS (
  SELECT phase_id, count(*) AS phases, count(*) FILTER (WHERE standing = 'TERMINAL') AS terminal,
    count(*) FILTER (WHERE standing = 'STALE') AS stale
  FROM open_work GROUP BY phase_id
)
SELECT scope, phase_id, coalesce(in_process, 0) AS in_process, coalesce(queued, 0) AS queued,
  coalesce(waiting, 0) AS waiting, unended.phases - coalesce(of_open.phases, 0) AS unclosed,
  CASE WHEN 'TERMINAL' = ANY(standings) THEN 0 ELSE coalesce(terminal, 0) END AS left_out_terminal,
  CASE WHEN 'STALE' = ANY(standings) THEN 0 ELSE coalesce(stale, 0) END AS left_out_stale,
  coalesce(open_orders, 0) AS open_orders,
  in_process_age_p50_hours, in_process_age_p90_hours, queue_age_p50_hours, queue_age_p90_hours,
  coalesce(weight_kg, 0) AS weight_kg, coalesce(in_process_weight_kg, 0) AS in_process_weight_kg,
  coalesce(phases_without_weight, 0) AS phases_without_weight
FROM unended CROSS JOIN scopes LEFT JOIN of_open USING (phase_id) LEFT JOIN counted USING (scope, phase_id)"""


def _medians(value: str, name: str, condition: str = "true") -> str:
    """SQL for the median of an expression over the phases, by phase: the smallest value that at least half do not
    exceed. Values are counted first: sorting each row by its phase takes twice as long and much memory."""
    return f"""
  SELECT phase_id, min(value) FILTER (WHERE 2 * up_to_it >= counted) AS {name} FROM (
    SELECT phase_id, value, sum(phases) OVER (PARTITION BY phase_id ORDER BY value) AS up_to_it,
      sum(phases) OVER (PARTITION BY phase_id) AS counted
    FROM (SELECT phase_id, {value} AS value, count(*) AS phases FROM {{FasesOrdemFabrico}}
      WHERE {condition} GROUP BY 1, 2) AS different
  ) AS placed GROUP BY phase_id"""


_MEDIAN_DURATIONS = _medians("finished_at - started_at", "duration", "finished_at >= started_at")
_MEDIAN_COEFFICIENTS = _medians("coefficient", "coefficient")

PHASE_RATES = f"""
WITH walked AS (
  SELECT p.phase_id, p.finished_at, p.started_at, p.is_return,
    CASE WHEN p.finished_at IS NOT NULL
      THEN greatest(p.finished_at - greatest(max(p.finished_at) OVER earlier, o.created_at), interval '0') END AS flow
  FROM {{FasesOrdemFabrico}} AS p JOIN {{OrdensFabrico}} AS o USING (work_order_id)
  WINDOW earlier AS (PARTITION BY p.work_order_id ORDER BY p.sequence, p.order_phase_id
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), rates AS (
SELECT phase_id, count(finished_at) AS finished_phases,
  count(finished_at) FILTER (WHERE is_return) AS return_phases,
  count(*) FILTER (WHERE finished_at > CAST(:as_of AS timestamp) - make_interval(hours => {24 * THROUGHPUT_DAYS})
    AND finished_at <= CAST(:as_of AS timestamp)) AS throughput_phases,
  {THROUGHPUT_DAYS} AS throughput_window_days,
  date_part('epoch', sum(flow)) / 3600 / nullif(count(flow), 0) AS flow_mean_hours,
  count(*) FILTER (WHERE finished_at >= started_at) AS timed_phases
FROM walked GROUP BY phase_id
), used AS (
  SELECT phase_id, started_at AS since, least(finished_at, CAST(:as_of AS timestamp)) AS until
  FROM {{FasesOrdemFabrico}} WHERE finished_at > started_at
    AND started_at > CAST(:as_of AS timestamp) - make_interval(hours => {24 * PLACES_DAYS})
    AND started_at < CAST(:as_of AS timestamp)
), levels AS (
  SELECT phase_id, sum(sum(change)) OVER moments AS places,
    extract(epoch FROM lead(at) OVER moments - at) AS lasted_s
  FROM (SELECT phase_id, since AS at, 1 AS change FROM used
    UNION ALL SELECT phase_id, until, -1 FROM used) AS changes
  GROUP BY phase_id, at WINDOW moments AS (PARTITION BY phase_id ORDER BY at)
), shares AS (
  SELECT phase_id, places, sum(sum(lasted_s)) OVER (PARTITION BY phase_id ORDER BY places) AS up_to_it,
    sum(sum(lasted_s)) OVER (PARTITION BY phase_id) AS total
  FROM levels WHERE places > 0 GROUP BY phase_id, places
), in_use AS (
  SELECT phase_id, CAST(min(places) FILTER (WHERE 100 * up_to_it >= 95 * total) AS bigint) AS places_p95
  FROM shares GROUP BY phase_id
)
SELECT rates.*, places_p95, date_part('epoch', duration) AS duration_median_s, coefficient AS coefficient_median
FROM rates
LEFT JOIN ({_MEDIAN_DURATIONS}) AS durations USING (phase_id)
LEFT JOIN ({_MEDIAN_COEFFICIENTS}) AS coefficients USING (phase_id)
LEFT JOIN in_use USING (phase_id)"""

EMPLOYEE_WORK = """
SELECT employee_id,
  count(*) AS assignments,
  count(p.order_phase_id) AS matched_assignments,
  count(*) FILTER (WHERE is_chief) AS chief_assignments,
  count(finished_at) AS finished_phases,
  count(*) FILTER (WHERE is_return) AS return_phases,
  count(*) FILTER (WHERE finished_at >= started_at) AS timed_phases,
  coalesce(date_part('epoch', sum(finished_at - started_at) FILTER (WHERE finished_at >= started_at)) / 3600, 0)
    AS elapsed_hours
FROM {FuncionariosFaseOrdemFabrico} LEFT JOIN {FasesOrdemFabrico} AS p USING (order_phase_id)
GROUP BY employee_id"""

PHASE_ERRORS = f"""
SELECT 'EVALUATION' AS role, evaluation_phase_id AS phase_id, severity, count(*) AS errors
FROM {{OrdemFabricoErros}} WHERE {_IS_ERROR} GROUP BY evaluation_phase_id, severity
UNION ALL
SELECT 'CULPRIT', p.phase_id, severity, count(*)
FROM {{OrdemFabricoErros}} JOIN {{FasesOrdemFabrico}} AS p ON p.order_phase_id = culprit_order_phase_id
WHERE {_IS_ERROR} GROUP BY p.phase_id, severity"""

ERROR_DESCRIPTIONS = f"""
SELECT row_number() OVER (ORDER BY count(*) DESC, description COLLATE "C") AS place, description, count(*) AS errors
FROM {{OrdemFabricoErros}} WHERE {_IS_ERROR} GROUP BY description ORDER BY place LIMIT {TOP_DESCRIPTIONS}"""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A table of core and the statement that makes its rows, columns by name (placeholders: see `ready_after`).

    is_beside: any process of the server may compute it (see `side_by_side`).
    """

    table: str
    statement: str
    is_beside: bool = False


AGGREGATES = (
    Aggregate("open_orders", OPEN_ORDERS_WITH_POINT),
    Aggregate("key_figures", KEY_FIGURES, is_beside=True),
    Aggregate("phase_loads", PHASE_LOADS),
    Aggregate("phase_rates", PHASE_RATES),
    Aggregate("remaining_flows", REMAINING_FLOWS),
    Aggregate("employee_work", EMPLOYEE_WORK, is_beside=True),
    Aggregate("phase_errors", PHASE_ERRORS, is_beside=True),
    Aggregate("checklist_lines", CHECKLIST_LINES),
    Aggregate("error_descriptions", ERROR_DESCRIPTIONS),
)


def partition_table(table: str, tables: RunTables) -> sa.Table:
    """The run's partition of a table of core, with that table's columns."""
    parent = metadata.tables[f"core.{table}"]
    return parent.to_metadata(sa.MetaData(), name=partition_name(table, tables.run_id))


def make_aggregates(
    connection: sa.Connection, sheet: Sheet, tables: RunTables, roles: Roles, as_of: dt.datetime | None
) -> None:
    """Make every aggregate whose last sheet is this one."""
    due = [aggregate for aggregate in AGGREGATES if ready_after(aggregate.statement) == sheet.name]
    if not due:
        return
    # Many rows in few groups: the one case in which hashing beats sorting here.
    connection.exec_driver_sql("SET LOCAL enable_hashagg = on")
    # The server reads in parallel for a SELECT, and never for an INSERT of it.
    statements = {one: over_run(one.statement, tables) for one in due if not reads_aggregates(one.statement)}
    beside = {one: statement for one, statement in statements.items() if one.is_beside}
    alone = {one: statement for one, statement in statements.items() if not one.is_beside}
    values = {"as_of": as_of, "checklist": checklist_json()}
    found = answers(connection, beside, alone, **values)
    for aggregate in due:
        if aggregate not in found:
            statement = bound(aggregate.statement, tables)
            found[aggregate] = [dict(row) for row in connection.execute(statement, values).mappings()]
        if found[aggregate]:
            partition = partition_table(aggregate.table, tables)
            connection.execute(sa.insert(partition), [{"run_id": tables.run_id, **line} for line in found[aggregate]])
        index_partition(connection, aggregate.table, tables, roles)
    connection.exec_driver_sql("SET LOCAL enable_hashagg = off")
