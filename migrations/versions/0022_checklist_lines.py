"""Checklist lines that are no errors, left out of the figures; made here for the snapshots that are there already.

Revision ID: 0022
Revises: 0021
"""

from __future__ import annotations

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

CHECKLIST_LINES = (
    """
CREATE TABLE core.checklist_lines (
    run_id bigint NOT NULL,
    phase_id bigint NOT NULL,
    description text NOT NULL,
    seen_rows bigint NOT NULL,
    CONSTRAINT pk_checklist_lines PRIMARY KEY (run_id, phase_id, description)
) PARTITION BY LIST (run_id)
""",
    "COMMENT ON TABLE core.checklist_lines IS 'Checklist lines as they were declared when the run was ingested:"
    " remarks that something is good, no errors.'",
    "COMMENT ON COLUMN core.checklist_lines.run_id IS 'Ingestion run whose snapshot holds the row.'",
)
PHASE = 8
LINES = (
    "Barco bem lixado.",
    "Barco bem polido.",
    "Barco estanque.",
    "Caixa do leme bem colada e sem entrada de agua.",
    "Calha do T do leme bem colada e centrada no fundo do barco.",
    "Casco sem bolhas.",
    "Casco sem zonas deslaminadas.",
    "Conjunto bem alinhado, conforme à inspeção.",
    "Deck e casco sem mossas nem marcas do molde.",
    "Deck sem bolhas.",
    "Deck sem zonas deslaminadas.",
    "Emenda (uniforme/ largura correta/sem altos).",
    "Gola do barco sem rebarbas e simétrica.",
    "Leme bem preparado.",
    "Pintura uniforme sem zonas transparentes",
    "Porta números bem colado e aberto para as placas",
    "Tampas, pegas, travessas e estrado bem colados.",
    "Travessa do leme montada corretamente e leme alinhado.",
    "Tudo Ok da Laminagem",
    "Zona do poço bem cortada (sem rebarbas).",
    "Zona do poço bem envernizada.",
)
"""Declared lines, from app/features/checklist.toml when this revision was written."""

VALUES = ", ".join(f"({PHASE}, '{line}')" for line in LINES)
MAKE = f"""
DO $make$
DECLARE
    run record;
BEGIN
    FOR run IN SELECT run_id FROM core.snapshot_facts
        WHERE to_regclass('core.quality_errors_r' || run_id) IS NOT NULL ORDER BY run_id
    LOOP
        EXECUTE replace(
            'CREATE TABLE core.checklist_lines_r@run@ PARTITION OF core.checklist_lines FOR VALUES IN (@run@)',
            '@run@', CAST(run.run_id AS text));
        EXECUTE replace($lines$
            INSERT INTO core.checklist_lines (run_id, phase_id, description, seen_rows)
            SELECT @run@, line.phase_id, line.description, count(e.work_order_id)
              FROM (VALUES {VALUES}) AS line (phase_id, description)
              LEFT JOIN core.quality_errors_r@run@ AS e
                ON e.evaluation_phase_id = line.phase_id AND e.description = line.description
             GROUP BY line.phase_id, line.description
        $lines$, '@run@', CAST(run.run_id AS text));
    END LOOP;
END
$make$
"""

ERROR = """
    SELECT e.* FROM core.quality_errors AS e
     WHERE NOT EXISTS (SELECT FROM core.checklist_lines AS l
        WHERE l.run_id = e.run_id AND l.phase_id = e.evaluation_phase_id AND l.description = e.description)
"""
COUNT_AGAIN = (
    "DELETE FROM core.phase_errors",
    f"""
INSERT INTO core.phase_errors (run_id, role, phase_id, severity, errors)
SELECT run_id, 'EVALUATION', evaluation_phase_id, severity, count(*)
  FROM ({ERROR}) AS error GROUP BY run_id, evaluation_phase_id, severity
UNION ALL
SELECT error.run_id, 'CULPRIT', p.phase_id, severity, count(*)
  FROM ({ERROR}) AS error
  JOIN core.order_phases AS p ON p.run_id = error.run_id AND p.order_phase_id = error.culprit_order_phase_id
 GROUP BY error.run_id, p.phase_id, severity
""",
    "DELETE FROM core.error_descriptions",
    f"""
INSERT INTO core.error_descriptions (run_id, place, description, errors)
SELECT run_id, place, description, errors FROM (
  SELECT run_id, row_number() OVER (PARTITION BY run_id ORDER BY count(*) DESC, description COLLATE "C") AS place,
    description, count(*) AS errors
  FROM ({ERROR}) AS error GROUP BY run_id, description
) AS placed WHERE place <= 10
""",
    f"""
UPDATE core.key_figures AS k SET orders_with_errors = coalesce(f.orders, 0),
    errors_of_unknown_orders = coalesce(f.unknown, 0), without_culprit_errors = coalesce(f.without_culprit, 0)
  FROM core.snapshot_facts AS s
  LEFT JOIN (
    SELECT error.run_id, count(DISTINCT o.work_order_id) AS orders,
      count(*) FILTER (WHERE o.work_order_id IS NULL) AS unknown,
      count(*) FILTER (WHERE culprit_order_phase_id IS NULL) AS without_culprit
    FROM ({ERROR}) AS error
    LEFT JOIN core.work_orders AS o ON o.run_id = error.run_id AND o.work_order_id = error.work_order_id
    GROUP BY error.run_id
  ) AS f ON f.run_id = s.run_id
 WHERE k.run_id = s.run_id
""",
    f"""
UPDATE core.snapshot_facts AS s SET quality_errors = coalesce(f.errors, 0)
  FROM core.key_figures AS k
  LEFT JOIN (SELECT run_id, count(*) AS errors FROM ({ERROR}) AS error GROUP BY run_id) AS f ON f.run_id = k.run_id
 WHERE s.run_id = k.run_id
""",
)


def upgrade() -> None:
    for statement in (*CHECKLIST_LINES, MAKE, *COUNT_AGAIN):
        op.execute(statement)


def downgrade() -> None:
    # Without lines every row is an error again.
    for statement in ("DELETE FROM core.checklist_lines", *COUNT_AGAIN):
        op.execute(statement)
    op.execute("DROP TABLE core.checklist_lines")
