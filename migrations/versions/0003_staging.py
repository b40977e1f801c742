"""The staging schema: the template of each run-own staging table.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    "CREATE SCHEMA staging",
    """
CREATE UNLOGGED TABLE staging.work_orders (
    excel_row integer NOT NULL,
    work_order_id bigint,
    created_at timestamp without time zone,
    completed_at timestamp without time zone,
    product_id bigint,
    phase_id bigint,
    transport_at timestamp without time zone,
    reject_code text,
    reject_detail text,
    raw_cells jsonb
)
""",
    "COMMENT ON TABLE staging.work_orders IS 'Template of a run''s staging table for OrdensFabrico.'",
    """
CREATE UNLOGGED TABLE staging.order_phases (
    excel_row integer NOT NULL,
    order_phase_id bigint,
    work_order_id bigint,
    started_at timestamp without time zone,
    finished_at timestamp without time zone,
    planned_on date,
    coefficient double precision,
    coefficient_x double precision,
    phase_id bigint,
    weight_kg double precision,
    is_return boolean,
    shift integer,
    sequence integer,
    reject_code text,
    reject_detail text,
    raw_cells jsonb
)
""",
    "COMMENT ON TABLE staging.order_phases IS 'Template of a run''s staging table for FasesOrdemFabrico.'",
    """
CREATE UNLOGGED TABLE staging.phase_assignments (
    excel_row integer NOT NULL,
    order_phase_id bigint,
    employee_id bigint,
    is_chief boolean,
    reject_code text,
    reject_detail text,
    raw_cells jsonb
)
""",
    "COMMENT ON TABLE staging.phase_assignments IS 'Template of a run''s staging table for FuncionariosFaseOrdemFabrico.'",
    """
CREATE UNLOGGED TABLE staging.quality_errors (
    excel_row integer NOT NULL,
    description text,
    work_order_id bigint,
    evaluation_phase_id bigint,
    severity smallint,
    evaluation_order_phase_id bigint,
    culprit_order_phase_id bigint,
    reject_code text,
    reject_detail text,
    raw_cells jsonb
)
""",
    "COMMENT ON TABLE staging.quality_errors IS 'Template of a run''s staging table for OrdemFabricoErros.'",
    """
CREATE UNLOGGED TABLE staging.employees (
    excel_row integer NOT NULL,
    employee_id bigint,
    name text,
    is_active boolean,
    reject_code text,
    reject_detail text,
    raw_cells jsonb
)
""",
    "COMMENT ON TABLE staging.employees IS 'Template of a run''s staging table for Funcionarios.'",
    """
CREATE UNLOGGED TABLE staging.skills (
    excel_row integer NOT NULL,
    employee_id bigint,
    phase_id bigint,
    qualified_at timestamp without time zone,
    reject_code text,
    reject_detail text,
    raw_cells jsonb
)
""",
    "COMMENT ON TABLE staging.skills IS 'Template of a run''s staging table for FuncionariosFasesAptos.'",
    """
CREATE UNLOGGED TABLE staging.phases (
    excel_row integer NOT NULL,
    phase_id bigint,
    name text,
    sequence integer,
    is_production boolean,
    is_automatic boolean,
    reject_code text,
    reject_detail text,
    raw_cells jsonb
)
""",
    "COMMENT ON TABLE staging.phases IS 'Template of a run''s staging table for Fases.'",
    """
CREATE UNLOGGED TABLE staging.products (
    excel_row integer NOT NULL,
    product_id bigint,
    name text,
    demould_weight_kg double precision,
    finished_weight_kg double precision,
    gelcoat_deck_kg double precision,
    gelcoat_hull_kg double precision,
    reject_code text,
    reject_detail text,
    raw_cells jsonb
)
""",
    "COMMENT ON TABLE staging.products IS 'Template of a run''s staging table for Modelos.'",
    """
CREATE UNLOGGED TABLE staging.standard_routes (
    excel_row integer NOT NULL,
    product_id bigint,
    phase_id bigint,
    sequence integer,
    coefficient double precision,
    coefficient_x double precision,
    reject_code text,
    reject_detail text,
    raw_cells jsonb
)
""",
    "COMMENT ON TABLE staging.standard_routes IS 'Template of a run''s staging table for FasesStandardModelos.'",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE staging.standard_routes")
    op.execute("DROP TABLE staging.products")
    op.execute("DROP TABLE staging.phases")
    op.execute("DROP TABLE staging.skills")
    op.execute("DROP TABLE staging.employees")
    op.execute("DROP TABLE staging.quality_errors")
    op.execute("DROP TABLE staging.phase_assignments")
    op.execute("DROP TABLE staging.order_phases")
    op.execute("DROP TABLE staging.work_orders")
    op.execute("DROP SCHEMA staging")
