"""The core schema: one partitioned table for each sheet, its live pointer and whole-run figures.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    "CREATE SCHEMA core",
    """
CREATE TABLE core.work_orders (
    run_id bigint NOT NULL,
    work_order_id bigint NOT NULL,
    created_at timestamp without time zone NOT NULL,
    completed_at timestamp without time zone,
    product_id bigint NOT NULL,
    phase_id bigint NOT NULL,
    transport_at timestamp without time zone,
    CONSTRAINT pk_work_orders PRIMARY KEY (run_id, work_order_id)
) PARTITION BY LIST (run_id)
""",
    "COMMENT ON TABLE core.work_orders IS 'Work orders. Source: OrdensFabrico.'",
    "COMMENT ON COLUMN core.work_orders.run_id IS 'Ingestion run whose snapshot holds the row.'",
    "COMMENT ON COLUMN core.work_orders.work_order_id IS 'Work order number. Source: OrdensFabrico.Of_Id.'",
    "COMMENT ON COLUMN core.work_orders.created_at IS 'When the order was created. Unit: factory-local time. Source: OrdensFabrico.Of_DataCriacao.'",
    "COMMENT ON COLUMN core.work_orders.completed_at IS 'When the order was completed; null while it is open. Unit: factory-local time. Source: OrdensFabrico.Of_DataAcabamento.'",
    "COMMENT ON COLUMN core.work_orders.product_id IS 'Product made. Source: OrdensFabrico.Of_ProdutoId.'",
    "COMMENT ON COLUMN core.work_orders.phase_id IS 'Phase that the order is at. Source: OrdensFabrico.Of_FaseId.'",
    "COMMENT ON COLUMN core.work_orders.transport_at IS 'When the product is or will be transported. Unit: factory-local time. Source: OrdensFabrico.Of_DataTransporte.'",
    """
CREATE TABLE core.order_phases (
    run_id bigint NOT NULL,
    order_phase_id bigint NOT NULL,
    work_order_id bigint NOT NULL,
    started_at timestamp without time zone,
    finished_at timestamp without time zone,
    planned_on date,
    coefficient double precision NOT NULL,
    coefficient_x double precision NOT NULL,
    phase_id bigint NOT NULL,
    weight_kg double precision NOT NULL,
    is_return boolean NOT NULL,
    shift integer,
    sequence integer NOT NULL,
    CONSTRAINT pk_order_phases PRIMARY KEY (run_id, order_phase_id)
) PARTITION BY LIST (run_id)
""",
    "COMMENT ON TABLE core.order_phases IS 'Executions of phases for work orders. Source: FasesOrdemFabrico.'",
    "COMMENT ON COLUMN core.order_phases.run_id IS 'Ingestion run whose snapshot holds the row.'",
    "COMMENT ON COLUMN core.order_phases.order_phase_id IS 'One execution of a phase for an order. Source: FasesOrdemFabrico.FaseOf_Id.'",
    "COMMENT ON COLUMN core.order_phases.work_order_id IS 'Order that it belongs to. Source: FasesOrdemFabrico.FaseOf_OfId.'",
    "COMMENT ON COLUMN core.order_phases.started_at IS 'Start of work; null while it waits. Unit: factory-local time. Source: FasesOrdemFabrico.FaseOf_Inicio.'",
    "COMMENT ON COLUMN core.order_phases.finished_at IS 'End of work; null while the phase is open. Unit: factory-local time. Source: FasesOrdemFabrico.FaseOf_Fim.'",
    "COMMENT ON COLUMN core.order_phases.planned_on IS 'Planned day. Unit: factory-local date. Source: FasesOrdemFabrico.FaseOf_DataPrevista.'",
    "COMMENT ON COLUMN core.order_phases.coefficient IS 'Standard-time factor of the ERP; its unit is not stated by the source. Source: FasesOrdemFabrico.FaseOf_Coeficiente.'",
    "COMMENT ON COLUMN core.order_phases.coefficient_x IS 'Second standard-time factor of the ERP; its unit is not stated by the source. Source: FasesOrdemFabrico.FaseOf_CoeficienteX.'",
    "COMMENT ON COLUMN core.order_phases.phase_id IS 'Phase executed. Source: FasesOrdemFabrico.FaseOf_FaseId.'",
    "COMMENT ON COLUMN core.order_phases.weight_kg IS 'Weight recorded; zero where none was. Unit: kg. Source: FasesOrdemFabrico.FaseOf_Peso.'",
    "COMMENT ON COLUMN core.order_phases.is_return IS 'The order returned to this phase (rework). Source: FasesOrdemFabrico.FaseOf_Retorno.'",
    "COMMENT ON COLUMN core.order_phases.shift IS 'Shift number. Source: FasesOrdemFabrico.FaseOf_Turno.'",
    "COMMENT ON COLUMN core.order_phases.sequence IS 'Position in the order''s routing. Source: FasesOrdemFabrico.FaseOf_Sequencia.'",
    """
CREATE TABLE core.phase_assignments (
    run_id bigint NOT NULL,
    order_phase_id bigint NOT NULL,
    employee_id bigint NOT NULL,
    is_chief boolean NOT NULL,
    CONSTRAINT pk_phase_assignments PRIMARY KEY (run_id, order_phase_id, employee_id)
) PARTITION BY LIST (run_id)
""",
    "COMMENT ON TABLE core.phase_assignments IS 'Who worked on which phase execution. Source: FuncionariosFaseOrdemFabrico.'",
    "COMMENT ON COLUMN core.phase_assignments.run_id IS 'Ingestion run whose snapshot holds the row.'",
    "COMMENT ON COLUMN core.phase_assignments.order_phase_id IS 'Phase execution worked on. Source: FuncionariosFaseOrdemFabrico.FuncionarioFaseOf_FaseOfId.'",
    "COMMENT ON COLUMN core.phase_assignments.employee_id IS 'Employee who worked on it. Source: FuncionariosFaseOrdemFabrico.FuncionarioFaseOf_FuncionarioId.'",
    "COMMENT ON COLUMN core.phase_assignments.is_chief IS 'Led the work. Source: FuncionariosFaseOrdemFabrico.FuncionarioFaseOf_Chefe.'",
    """
CREATE TABLE core.quality_errors (
    run_id bigint NOT NULL,
    description text NOT NULL,
    work_order_id bigint NOT NULL,
    evaluation_phase_id bigint NOT NULL,
    severity smallint NOT NULL,
    evaluation_order_phase_id bigint NOT NULL,
    culprit_order_phase_id bigint,
    event_digest uuid NOT NULL,
    occurrence integer NOT NULL,
    CONSTRAINT ck_quality_errors_severity CHECK (severity BETWEEN 1 AND 3),
    CONSTRAINT pk_quality_errors PRIMARY KEY (run_id, event_digest, occurrence)
) PARTITION BY LIST (run_id)
""",
    "COMMENT ON TABLE core.quality_errors IS 'Quality errors; identical rows are separate events. Source: OrdemFabricoErros.'",
    "COMMENT ON COLUMN core.quality_errors.run_id IS 'Ingestion run whose snapshot holds the row.'",
    "COMMENT ON COLUMN core.quality_errors.description IS 'What was found. Source: OrdemFabricoErros.Erro_Descricao.'",
    "COMMENT ON COLUMN core.quality_errors.work_order_id IS 'Order that was judged. Source: OrdemFabricoErros.Erro_OfId.'",
    "COMMENT ON COLUMN core.quality_errors.evaluation_phase_id IS 'Phase at which it was judged. Source: OrdemFabricoErros.Erro_FaseAvaliacao.'",
    "COMMENT ON COLUMN core.quality_errors.severity IS '1 minor, 2 major, 3 critical. Source: OrdemFabricoErros.OFCH_GRAVIDADE.'",
    "COMMENT ON COLUMN core.quality_errors.evaluation_order_phase_id IS 'Phase execution that judged. Source: OrdemFabricoErros.Erro_FaseOfAvaliacao.'",
    "COMMENT ON COLUMN core.quality_errors.culprit_order_phase_id IS 'Phase execution held responsible; null when none is named. Source: OrdemFabricoErros.Erro_FaseOfCulpada.'",
    "COMMENT ON COLUMN core.quality_errors.event_digest IS 'MD5 of the row''s content: the same event has it in every run.'",
    "COMMENT ON COLUMN core.quality_errors.occurrence IS 'Counts identical rows of one run, from 1.'",
    """
CREATE TABLE core.employees (
    run_id bigint NOT NULL,
    employee_id bigint NOT NULL,
    name text NOT NULL,
    is_active boolean NOT NULL,
    CONSTRAINT pk_employees PRIMARY KEY (run_id, employee_id)
) PARTITION BY LIST (run_id)
""",
    "COMMENT ON TABLE core.employees IS 'Employees. Source: Funcionarios.'",
    "COMMENT ON COLUMN core.employees.run_id IS 'Ingestion run whose snapshot holds the row.'",
    "COMMENT ON COLUMN core.employees.employee_id IS 'Employee number. Source: Funcionarios.Funcionario_Id.'",
    "COMMENT ON COLUMN core.employees.name IS 'Name (personal data). Source: Funcionarios.Funcionario_Nome.'",
    "COMMENT ON COLUMN core.employees.is_active IS 'Employed at the time of the export. Source: Funcionarios.Funcionario_Activo.'",
    """
CREATE TABLE core.skills (
    run_id bigint NOT NULL,
    employee_id bigint NOT NULL,
    phase_id bigint NOT NULL,
    qualified_at timestamp without time zone,
    CONSTRAINT pk_skills PRIMARY KEY (run_id, employee_id, phase_id)
) PARTITION BY LIST (run_id)
""",
    "COMMENT ON TABLE core.skills IS 'Phases that an employee is qualified for. Source: FuncionariosFasesAptos.'",
    "COMMENT ON COLUMN core.skills.run_id IS 'Ingestion run whose snapshot holds the row.'",
    "COMMENT ON COLUMN core.skills.employee_id IS 'Employee who is qualified. Source: FuncionariosFasesAptos.FuncionarioFase_FuncionarioId.'",
    "COMMENT ON COLUMN core.skills.phase_id IS 'Phase qualified for. Source: FuncionariosFasesAptos.FuncionarioFase_FaseId.'",
    "COMMENT ON COLUMN core.skills.qualified_at IS 'Since when. Unit: factory-local time. Source: FuncionariosFasesAptos.FuncionarioFase_Inicio.'",
    """
CREATE TABLE core.phases (
    run_id bigint NOT NULL,
    phase_id bigint NOT NULL,
    name text NOT NULL,
    sequence integer NOT NULL,
    is_production boolean NOT NULL,
    is_automatic boolean NOT NULL,
    CONSTRAINT pk_phases PRIMARY KEY (run_id, phase_id)
) PARTITION BY LIST (run_id)
""",
    "COMMENT ON TABLE core.phases IS 'Phases of production. Source: Fases.'",
    "COMMENT ON COLUMN core.phases.run_id IS 'Ingestion run whose snapshot holds the row.'",
    "COMMENT ON COLUMN core.phases.phase_id IS 'Phase number. Source: Fases.Fase_Id.'",
    "COMMENT ON COLUMN core.phases.name IS 'Name. Source: Fases.Fase_Nome.'",
    "COMMENT ON COLUMN core.phases.sequence IS 'Position in the factory''s flow. Source: Fases.Fase_Sequencia.'",
    "COMMENT ON COLUMN core.phases.is_production IS 'Counts as production. Source: Fases.Fase_DeProducao.'",
    "COMMENT ON COLUMN core.phases.is_automatic IS 'Runs without an operator. Source: Fases.Fase_Automatica.'",
    """
CREATE TABLE core.products (
    run_id bigint NOT NULL,
    product_id bigint NOT NULL,
    name text NOT NULL,
    demould_weight_kg double precision NOT NULL,
    finished_weight_kg double precision NOT NULL,
    gelcoat_deck_kg double precision NOT NULL,
    gelcoat_hull_kg double precision NOT NULL,
    CONSTRAINT pk_products PRIMARY KEY (run_id, product_id)
) PARTITION BY LIST (run_id)
""",
    "COMMENT ON TABLE core.products IS 'Products. Source: Modelos.'",
    "COMMENT ON COLUMN core.products.run_id IS 'Ingestion run whose snapshot holds the row.'",
    "COMMENT ON COLUMN core.products.product_id IS 'Product number. Source: Modelos.Produto_Id.'",
    "COMMENT ON COLUMN core.products.name IS 'Name. Source: Modelos.Produto_Nome.'",
    "COMMENT ON COLUMN core.products.demould_weight_kg IS 'Weight on demoulding. Unit: kg. Source: Modelos.Produto_PesoDesmolde.'",
    "COMMENT ON COLUMN core.products.finished_weight_kg IS 'Weight when finished. Unit: kg. Source: Modelos.Produto_PesoAcabamento.'",
    "COMMENT ON COLUMN core.products.gelcoat_deck_kg IS 'Gelcoat for the deck. Unit: kg. Source: Modelos.Produto_QtdGelDeck.'",
    "COMMENT ON COLUMN core.products.gelcoat_hull_kg IS 'Gelcoat for the hull. Unit: kg. Source: Modelos.Produto_QtdGelCasco.'",
    """
CREATE TABLE core.standard_routes (
    run_id bigint NOT NULL,
    product_id bigint NOT NULL,
    phase_id bigint NOT NULL,
    sequence integer NOT NULL,
    coefficient double precision NOT NULL,
    coefficient_x double precision NOT NULL,
    CONSTRAINT pk_standard_routes PRIMARY KEY (run_id, product_id, phase_id, sequence)
) PARTITION BY LIST (run_id)
""",
    "COMMENT ON TABLE core.standard_routes IS 'Standard routings of products. Source: FasesStandardModelos.'",
    "COMMENT ON COLUMN core.standard_routes.run_id IS 'Ingestion run whose snapshot holds the row.'",
    "COMMENT ON COLUMN core.standard_routes.product_id IS 'Product. Source: FasesStandardModelos.ProdutoFase_ProdutoId.'",
    "COMMENT ON COLUMN core.standard_routes.phase_id IS 'Phase of its routing. Source: FasesStandardModelos.ProdutoFase_FaseId.'",
    "COMMENT ON COLUMN core.standard_routes.sequence IS 'Position in the routing. Source: FasesStandardModelos.ProdutoFase_Sequencia.'",
    "COMMENT ON COLUMN core.standard_routes.coefficient IS 'Standard-time factor of the ERP; its unit is not stated by the source. Source: FasesStandardModelos.ProdutoFase_Coeficiente.'",
    "COMMENT ON COLUMN core.standard_routes.coefficient_x IS 'Second standard-time factor of the ERP; its unit is not stated by the source. Source: FasesStandardModelos.ProdutoFase_CoeficienteX.'",
    """
CREATE TABLE core.current_snapshot (
    plant text NOT NULL,
    run_id bigint NOT NULL,
    published_at timestamp with time zone NOT NULL,
    CONSTRAINT pk_current_snapshot PRIMARY KEY (plant),
    CONSTRAINT fk_current_snapshot_run FOREIGN KEY (run_id) REFERENCES audit.ingestion_runs (run_id)
)
""",
    "COMMENT ON TABLE core.current_snapshot IS 'Which run is live for each plant.'",
    """
CREATE TABLE core.snapshot_facts (
    run_id bigint NOT NULL,
    as_of timestamp without time zone,
    work_orders bigint NOT NULL,
    open_work_orders bigint NOT NULL,
    order_phases bigint NOT NULL,
    open_order_phases bigint NOT NULL,
    return_order_phases bigint NOT NULL,
    quality_errors bigint NOT NULL,
    CONSTRAINT pk_snapshot_facts PRIMARY KEY (run_id),
    CONSTRAINT fk_snapshot_facts_run FOREIGN KEY (run_id) REFERENCES audit.ingestion_runs (run_id)
)
""",
    "COMMENT ON TABLE core.snapshot_facts IS 'Whole-run figures, made in the ingestion''s transaction.'",
    "COMMENT ON COLUMN core.snapshot_facts.as_of IS 'Latest creation, start, end or completion stamp of the run. Unit: factory-local time.'",
    "CREATE INDEX ix_work_orders_created ON core.work_orders (run_id, created_at DESC, work_order_id DESC)",
    "CREATE INDEX ix_work_orders_product ON core.work_orders (run_id, product_id)",
    "CREATE INDEX ix_work_orders_open ON core.work_orders (run_id, work_order_id) WHERE completed_at IS NULL",
    "CREATE INDEX ix_order_phases_work_order ON core.order_phases (run_id, work_order_id, sequence)",
    "CREATE INDEX ix_order_phases_open ON core.order_phases (run_id, phase_id) WHERE finished_at IS NULL",
    "CREATE INDEX ix_quality_errors_work_order ON core.quality_errors (run_id, work_order_id)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE core.snapshot_facts")
    op.execute("DROP TABLE core.current_snapshot")
    op.execute("DROP TABLE core.standard_routes")
    op.execute("DROP TABLE core.products")
    op.execute("DROP TABLE core.phases")
    op.execute("DROP TABLE core.skills")
    op.execute("DROP TABLE core.employees")
    op.execute("DROP TABLE core.quality_errors")
    op.execute("DROP TABLE core.phase_assignments")
    op.execute("DROP TABLE core.order_phases")
    op.execute("DROP TABLE core.work_orders")
    op.execute("DROP SCHEMA core")
